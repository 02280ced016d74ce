/** The people who have one client exported: they start it, stop it, mend what IT Glue refuses, and go on until it is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Session } from '../../examples/demo/api.js';
import type { Preview, SavedRecord } from '../../examples/demo/answers.js';
import { kinds } from '../../domain/kinds/index.js';
import { readAccount } from '../support/account.js';
import type { Administrator } from './administrator.js';
import type { Entered } from './entering.js';
import type { StandIn } from './stand-in.js';
import type { Seen } from './watch.js';

/** How long an export may stand still: Temporal's longest pause between attempts, and a name that another export holds. */
const standstillMs = 300_000;
/** An export that needs a person more often has something wrong with it. */
const mostRetries = 40;
const lookEveryMs = 300;
/** After this long without a move the engineer looks again at an export that waits. */
const patienceMs = 20_000;

interface Answer {
  readonly state: 'running' | 'blocked' | 'done';
  readonly blockedBy: string | null;
  readonly organizationId: string | null;
  readonly progress: readonly { readonly kind: string; readonly done: number; readonly unsettled: number }[];
  readonly failures: readonly { readonly recordId: string }[];
}

export interface Told {
  readonly wrong: readonly string[];
  readonly skipped: ReadonlySet<string>;
  readonly organizationId: string | null;
  /** How often the export waited for a person, by the reason. */
  readonly blocks: Readonly<Record<string, number>>;
}

export async function previewClient(session: Session, clientId: string): Promise<string> {
  let shown = await session.post<Preview>(`/clients/${clientId}/previews`);
  for (let tries = 0; shown.state === 'building' && tries < 240; tries += 1) {
    await sleep(500);
    shown = await session.get<Preview>(`/clients/${clientId}/previews/${shown.id}`);
  }
  const bands = (['same', 'probable'] as const).map((band) => ({ band, choice: 'keep_new' }));
  await session.post(`/clients/${clientId}/previews/${shown.id}/spellings`, { bands });
  const mappings = Object.entries(shown.lookups).flatMap(([list, words]) => words.filter((one) => one.undecided).map(({ word }) => ({ list, word, choice: 'create' })));
  if (mappings.length > 0) await session.put(`/clients/${clientId}/previews/${shown.id}/mappings`, { mappings });
  return shown.id;
}

export class Person {
  readonly #wrong: string[] = [];
  readonly #skipped = new Set<string>();
  readonly #blocks: Record<string, number> = {};
  readonly #url: string;
  #corrected = false;

  constructor(
    private readonly manager: Session,
    private readonly engineer: Session,
    private readonly client: Entered,
    private readonly standIn: StandIn,
    private readonly administrator: Administrator,
  ) {
    this.#url = `/clients/${client.key.clientId}`;
  }

  async export(previewId: string, see: () => Seen | undefined): Promise<Told> {
    await this.#start(previewId);
    const organizationId = await this.#toTheEnd(see);
    return { wrong: this.#wrong, skipped: this.#skipped, organizationId, blocks: this.#blocks };
  }

  /** The key may be changed, or refused, while this client's export has not begun: then its preview is made again with one that works. */
  async #start(previewId: string): Promise<void> {
    for (let [tries, shown] = [1, previewId]; ; tries += 1) {
      try {
        if (tries > 1) shown = await previewClient(this.manager, this.client.key.clientId);
        await this.manager.post(`${this.#url}/exports`, { previewId: shown });
        return;
      } catch (error) {
        if (!(error instanceof ApiProblem) || !['stale_preview', 'preview_failed'].includes(error.code) || tries === mostRetries) throw error;
        await this.administrator.mendKey();
      }
    }
  }

  /** @returns the organization that the product says it has created */
  async #toTheEnd(see: () => Seen | undefined): Promise<string | null> {
    const stops = [...this.client.plan.stops].sort((a, b) => a.at - b.at);
    let [trace, deadline, handled, lookAgainAt] = ['', Date.now() + standstillMs, 0, 0];
    while (Date.now() < deadline) {
      const seen = see();
      if (seen && seen.trace !== trace) [trace, deadline] = [seen.trace, Date.now() + standstillMs];
      if (seen?.state === 'done') return (await this.#read()).organizationId;
      if (seen?.state === 'blocked' && (seen.run > handled || Date.now() > lookAgainAt)) {
        [handled, lookAgainAt] = [seen.run, Date.now() + patienceMs];
        if (handled > mostRetries) return this.#giveUp(`the export still waits for a person after ${mostRetries} retries`);
        // Refused: it is asked again, as a person does who still sees it waiting.
        if (!(await this.#goOn())) handled -= 1;
      }
      if (seen?.state === 'running' && stops[0] && seen.share >= stops[0].at) await this.#only(`exports/${stops.shift()!.how}`);
      await sleep(lookEveryMs);
    }
    return this.#giveUp(`the export stood still for ${standstillMs / 1_000} s`);
  }

  /** @returns whether the export goes on */
  async #goOn(): Promise<boolean> {
    const answer = await this.#read();
    const { blockedBy } = answer;
    if (answer.state !== 'blocked' || blockedBy === null) return false;
    this.#blocks[blockedBy] = (this.#blocks[blockedBy] ?? 0) + 1;
    switch (blockedBy) {
      case 'records':
        for (const { recordId } of answer.failures) await this.#settle(recordId);
        // Data that was corrected is signed off again.
        if (this.#corrected) for (const person of [this.engineer, this.manager]) await this.#only('sign-off', person);
        this.#corrected = false;
        break;
      case 'bad_key':
      case 'key_refused':
        await this.administrator.mendKey();
        return true;
      case 'paused':
      case 'cancelled':
        await this.#checkWhatExists(answer);
        break;
      case 'no_access':
        // A page for an unknown address (html404) in the place of an answer: nothing to mend.
        break;
      default:
        this.#wrong.push(`the export was blocked by ${blockedBy}`);
    }
    return this.#only('exports/retry');
  }

  /** What was planned to be refused is corrected or skipped; what a fault had refused is simply tried again. */
  async #settle(recordId: string): Promise<void> {
    const refusal = this.client.refused.get(recordId);
    if (!refusal || this.#skipped.has(recordId)) return;
    if (refusal.then === 'skip') {
      this.#skipped.add(recordId);
      await this.#skip(recordId);
      return;
    }
    const path = `${this.#url}/${kinds[refusal.kind].path}/${recordId}`;
    const { version, fields } = await this.manager.get<SavedRecord>(path);
    const name = String(fields['name']);
    if (!name.endsWith('end')) return;
    await this.engineer.send('PATCH', path, { json: { version, fields: { name: `${name.split(' long ')[0]} corrected` } } });
    this.#corrected = true;
  }

  /** The API may be killed between doing and answering: then the repetition is told that it was done. */
  async #skip(recordId: string): Promise<void> {
    try {
      await this.manager.post(`${this.#url}/exports/current/skips`, { records: [{ recordId, reason: 'Not needed any more' }] });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.code !== 'answer_lost') throw error;
    }
  }

  /** A stopped export says exactly what exists; what could not be found out is named as such. */
  async #checkWhatExists({ progress }: Answer): Promise<void> {
    const { counts } = await readAccount(this.standIn, this.client.company);
    for (const { kind, done, unsettled } of progress) {
      if (kind === 'manufacturer' || kind === 'model') continue;
      const there = counts[`${kind}s`] ?? 0;
      if (there < done || there > done + unsettled) this.#wrong.push(`stopped: ${done} of ${kind} said to exist, ${unsettled} unsettled, ${there} there`);
    }
  }

  #read = () => this.manager.get<Answer>(`${this.#url}/exports/current`);

  /** @returns false when it is not possible now: the export has just ended */
  async #only(path: string, person = this.manager): Promise<boolean> {
    try {
      await person.post(`${this.#url}/${path}`);
      return true;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 409) throw error;
      return false;
    }
  }

  #giveUp(sentence: string): null {
    this.#wrong.push(sentence);
    return null;
  }
}
