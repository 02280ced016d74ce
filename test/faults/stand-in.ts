/** The IT Glue stand-in as the campaign uses it: sets what fails, and looks with a key of its own at what has happened. */
import type { FaultRule } from '../../sandbox/it-glue/faults.js';
import type { Switches } from '../../sandbox/it-glue/switches.js';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly key: string | null;
}

export type Diff = Readonly<Record<string, { readonly created: readonly string[]; readonly changed: readonly string[]; readonly deleted: readonly string[] }>>;

export class StandIn {
  /** Every key that the product ever had. */
  readonly productKeys: string[];

  private constructor(
    readonly url: string,
    productKey: string,
    /** The witness's own: it works when the product's key is revoked, and no fault meets it. */
    readonly apiKey: string,
  ) {
    this.productKeys = [productKey];
  }

  static async open(url: string, productKey: string): Promise<StandIn> {
    const { key } = await control<{ key: string }>(url, 'POST', 'keys', { label: 'witness' });
    const standIn = new StandIn(url, productKey, key);
    await control(url, 'POST', 'seed', [{ resource: 'organizations', attributes: { name: 'Somebody else' } }]);
    // The stand-in's own limit would only slow the campaign down: 429 is among its faults.
    await standIn.switch({ rateLimit: 0 });
    return standIn;
  }

  switch = (switches: Partial<Switches>) => control(this.url, 'PATCH', 'switches', switches);
  saveState = (name: string) => control(this.url, 'POST', 'states', { name });
  since = (name: string) => control<Diff>(this.url, 'GET', `diff?from=${name}`);
  setFaults = (rules: readonly FaultRule[]) => control(this.url, 'PUT', 'faults', rules);
  clearRequests = () => control(this.url, 'DELETE', 'requests');
  requests = () => control<{ total: number; requests: readonly Request[] }>(this.url, 'GET', 'requests?limit=10000');

  async hasKey(): Promise<boolean> {
    return (await control<readonly { label: string }[]>(this.url, 'GET', 'keys')).some(({ label }) => label === 'default');
  }

  /** Makes a new key of the label that faults are meant for. */
  async newKey(): Promise<string> {
    const { key } = await control<{ key: string }>(this.url, 'POST', 'keys', { label: 'default' });
    this.productKeys.push(key);
    return key;
  }

  /** How often each kind of fault was met. */
  async hits(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { rule, hits } of await control<readonly { rule: FaultRule; hits: number }[]>(this.url, 'GET', 'faults')) {
      if (hits > 0) counts[rule.fault] = (counts[rule.fault] ?? 0) + hits;
    }
    return counts;
  }

  /** SHA-256 of each attachment by its id. */
  async hashes(): Promise<Map<string, string>> {
    const attachments = await control<readonly { id: string; sha256: string }[]>(this.url, 'GET', 'attachments');
    return new Map(attachments.map(({ id, sha256 }) => [id, sha256]));
  }

  /** Name (of a model: with its manufacturer) of every entry of a list, by id. */
  async names(list: string): Promise<Map<string, string>> {
    const names = new Map<string, string>();
    for (let page = 1; ; page += 1) {
      const answer = await fetch(`${this.url}/${list}?page[size]=1000&page[number]=${page}`, { headers: { 'x-api-key': this.apiKey }, signal: AbortSignal.timeout(30_000) });
      const { data } = (await answer.json()) as { data: readonly { id: string; attributes: Record<string, unknown> }[] };
      for (const { id, attributes } of data) names.set(id, `${String(attributes['manufacturer-name'] ?? '')} ${String(attributes['name'])}`.trim());
      if (data.length < 1_000) return names;
    }
  }
}

async function control<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}/__sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The stand-in refused ${method} ${path}: ${text}`);
  return JSON.parse(text) as T;
}
