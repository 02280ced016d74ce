import { readFile } from 'node:fs/promises';
import type { SourceRecord } from '../../domain/it-glue/index.js';
import type { RunningStackInfo } from '../../local/running-stack.js';
import { makeName, modelName } from './client-data.js';
import type { AccountBefore } from './least.js';
import { knownOfThree } from './sizes.js';

/** Label of the key that the product uses; what the bench itself reads is counted nowhere. */
const productKey = 'default';

/** The stand-in's account, prepared and watched over its control interface. */
export class StandIn {
  readonly #manufacturers = new Set<string>();
  readonly #models = new Set<string>();

  private constructor(
    readonly url: string,
    readonly apiKey: string,
  ) {}

  /** An account of an MSP that has exported before: our own contact types are in it. */
  static async of({ urls, settings }: RunningStackInfo, latencyMs: number): Promise<StandIn> {
    const standIn = new StandIn(urls.itGlue!, (await readFile(settings['IT_GLUE_API_KEY_FILE']!, 'utf8')).trim());
    await standIn.#control('POST', 'seed', ['Employee', 'Vendor', 'Point of Contact'].map((name) => ({ resource: 'contact_types', attributes: { name } })));
    await standIn.#control('PUT', 'latency', { ms: latencyMs });
    return standIn;
  }

  /** Puts the first of each three makes of a client there, with its models. @returns what the account holds now */
  async knowSome(mark: string, makes: number, models: number): Promise<AccountBefore> {
    const known = Array.from({ length: makes }, (_, index) => index).filter((index) => index % 3 < knownOfThree);
    const ids = await this.#seed(known.map((index) => ({ resource: 'manufacturers', attributes: { name: makeName(mark, index) } })));
    const idOf = new Map(known.map((index, at) => [index, ids[at]!]));
    const theirs = Array.from({ length: models }, (_, index) => index).filter((index) => idOf.has(index % makes));
    await this.#seed(theirs.map((index) => ({ resource: 'models', attributes: { name: modelName(mark, index), manufacturer_id: idOf.get(index % makes)! } })));
    for (const index of known) this.#manufacturers.add(makeName(mark, index));
    for (const index of theirs) this.#models.add(modelName(mark, index));
    return { manufacturers: new Set(this.#manufacturers), models: new Set(this.#models), newWords: { configurationTypes: 1 } };
  }

  /** Notes what an export or a script has left in the account's shared lists. */
  learn(records: readonly SourceRecord[]): void {
    for (const { kind, content } of records) {
      if (kind === 'make') this.#manufacturers.add(String(content['name']));
      if (kind === 'model') this.#models.add(String(content['name']));
    }
  }

  async forgetRequests(): Promise<void> {
    await this.#control('DELETE', 'requests');
  }

  /** Requests of the product since they were last forgotten. @throws when one was refused: the figures would mean nothing */
  async requests(): Promise<number> {
    const { requests } = (await this.#control('GET', 'requests?limit=10000')) as { requests: readonly { key: string | null; status: number; path: string }[] };
    const ours = requests.filter((one) => one.key === productKey);
    const odd = ours.find(({ status }) => status < 200 || status >= 300);
    if (odd) throw new Error(`The stand-in answered ${odd.status} to ${odd.path}`);
    return ours.length;
  }

  async #seed(records: readonly object[]): Promise<string[]> {
    if (records.length === 0) return [];
    return ((await this.#control('POST', 'seed', records)) as { ids: (string | number)[] }).ids.map(String);
  }

  async #control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.url}/__sandbox/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
    if (!answer.ok) throw new Error(`The stand-in refused ${method} ${path}: ${await answer.text()}`);
    const text = await answer.text();
    return text === '' ? undefined : JSON.parse(text);
  }
}
