/** One round: clients are entered, exported together through the API while things go wrong, and compared with the account. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from '../../examples/demo/api.js';
import type { ExportState, Preview } from '../../examples/demo/answers.js';
import { kinds, type KindName } from '../../domain/kinds/index.js';
import { createRecords } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { createSampleClient, putInStage, type SampleClient } from '../support/sample-client.js';
import type { TestStore } from '../support/store.js';
import { differences } from './compare.js';
import type { Killable, RoundPlan } from './plan.js';

/** How long an export may stand still under faults: heartbeat timeouts, restarts, and the pause after a 429 that names none. */
const standstillMs = 400_000;

export interface Scenery {
  readonly test: TestStore;
  readonly apiUrl: string;
  readonly token: string;
  readonly itGlue: { readonly url: string; readonly apiKey: string };
  /** Kills a part unless it was started too short a time ago to be started again at once. @returns whether it was killed */
  readonly kill: (part: Killable) => boolean;
  /** Ids of organizations that no export may touch. */
  readonly foreign: readonly string[];
}

export interface RoundResult {
  readonly seed: number;
  readonly clients: number;
  readonly records: number;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly kills: readonly Killable[];
  /** What was wrong; empty in a good round. */
  readonly wrong: readonly string[];
}

export async function playRound(scenery: Scenery, plan: RoundPlan): Promise<RoundResult> {
  const began = Date.now();
  await control(scenery, 'PATCH', 'switches', plan.switches);
  await control(scenery, 'DELETE', 'faults');
  await control(scenery, 'DELETE', 'requests');
  const clients: SampleClient[] = [];
  for (const size of plan.clients) clients.push(await enterClient(scenery.test, size, plan.makes));

  const session = new Session(scenery.apiUrl, scenery.token);
  const previews: string[] = [];
  for (const client of clients) previews.push(await preview(session, client.key.clientId));
  await control(scenery, 'PUT', 'faults', plan.faults);
  const exports = Promise.all(clients.map((client, index) => exported(session, client.key.clientId, previews[index]!)));
  const killing = killParts(scenery, plan);
  const wrong = (await exports).filter((problem) => problem !== null);
  const kills = await killing;

  const faults = await hits(scenery);
  await control(scenery, 'DELETE', 'faults');
  wrong.push(...(await forbiddenRequests(scenery)));
  let records = 0;
  for (const client of clients) {
    const account = await readAccount(scenery.itGlue, client.company);
    records += Object.values(account.counts).reduce((sum, count) => sum + count, 0);
    wrong.push(...(await differences(scenery.test.store, client.key, account)).map((sentence) => `${client.company}: ${sentence}`));
  }
  wrong.push(...(await doubledMakes(scenery, plan)));
  return { seed: plan.seed, clients: clients.length, records, seconds: Math.round((Date.now() - began) / 1_000), faults, kills, wrong };
}

/** The sample client with makes and models of its own round besides. */
async function enterClient(test: TestStore, size: RoundPlan['clients'][number], makes: readonly string[]): Promise<SampleClient> {
  const client = await createSampleClient(test, size);
  const engineer = await test.actor('onboarding_engineer');
  const enter = (kind: KindName, names: readonly string[], references: (index: number) => Record<string, string>) => {
    const empty = Object.fromEntries(Object.keys(kinds[kind].fields).map((field) => [field, null]));
    const items = names.map((name, index) => ({ content: { ...empty, name }, references: references(index) }));
    return createRecords(test.store, client.key, engineer, kinds[kind] as never, items);
  };
  const made = await enter('make', makes, () => ({}));
  await enter('model', makes.map((make) => `${make} 1`), (index) => ({ make: made[index]!.id }));
  await putInStage(test.store, client.key, 'ready');
  return client;
}

async function preview(session: Session, clientId: string): Promise<string> {
  let shown = await session.post<Preview>(`/clients/${clientId}/previews`);
  for (let tries = 0; shown.state === 'building' && tries < 240; tries += 1) {
    await sleep(500);
    shown = await session.get<Preview>(`/clients/${clientId}/previews/${shown.id}`);
  }
  const bands = (['same', 'probable'] as const).map((band) => ({ band, choice: 'keep_new' }));
  await session.post(`/clients/${clientId}/previews/${shown.id}/spellings`, { bands });
  return shown.id;
}

/** @returns what went wrong, or null */
async function exported(session: Session, clientId: string, previewId: string): Promise<string | null> {
  await session.post(`/clients/${clientId}/exports`, { previewId });
  let [last, deadline] = ['', Date.now() + standstillMs];
  while (Date.now() < deadline) {
    const state = await session.get<ExportState>(`/clients/${clientId}/exports/current`);
    if (state.state === 'done') return null;
    if (state.state === 'blocked') return `client ${clientId}: the export is blocked: ${state.message ?? ''}`;
    const now = JSON.stringify(state.progress);
    if (now !== last) [last, deadline] = [now, Date.now() + standstillMs];
    await sleep(300);
  }
  return `client ${clientId}: the export stood still for ${standstillMs / 1_000} s`;
}

async function killParts({ kill }: Scenery, plan: RoundPlan): Promise<Killable[]> {
  const began = Date.now();
  const killed: Killable[] = [];
  for (const { part, afterMs } of [...plan.kills].sort((a, b) => a.afterMs - b.afterMs)) {
    await sleep(Math.max(0, began + afterMs - Date.now()));
    if (kill(part)) killed.push(part);
  }
  return killed;
}

/** Nothing but creating and reading, and nothing of other people's organizations. */
async function forbiddenRequests(scenery: Scenery): Promise<string[]> {
  const { requests } = (await control(scenery, 'GET', 'requests?limit=100000')) as { requests: readonly { method: string; path: string }[] };
  const other = requests.filter(({ method }) => method !== 'GET' && method !== 'POST').map(({ method, path }) => `a request that changes or removes: ${method} ${path}`);
  const foreign = requests.filter(({ path }) => scenery.foreign.some((id) => path.split('/').includes(id))).map(({ path }) => `a foreign organization was touched: ${path}`);
  return [...other, ...foreign];
}

async function doubledMakes({ itGlue }: Scenery, plan: RoundPlan): Promise<string[]> {
  const wrong: string[] = [];
  for (const make of plan.makes) {
    const read = async (path: string) => ((await (await fetch(`${itGlue.url}${path}`, { headers: { 'x-api-key': itGlue.apiKey } })).json()) as { data: { id: string; attributes: { name: string } }[] }).data;
    const makers = (await read(`/manufacturers?filter[name]=${make}&page[size]=1000`)).filter((one) => one.attributes.name === make);
    if (makers.length !== 1) wrong.push(`${makers.length} manufacturers of one name instead of 1`);
    const models = makers[0] ? await read(`/manufacturers/${makers[0].id}/relationships/models`) : [];
    if (models.length !== 1) wrong.push(`${models.length} models under a new manufacturer instead of 1`);
  }
  return wrong;
}

async function hits(scenery: Scenery): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const states = (await control(scenery, 'GET', 'faults')) as readonly { rule: { fault: string }; hits: number }[];
  for (const { rule, hits: count } of states) if (count > 0) counts[rule.fault] = (counts[rule.fault] ?? 0) + count;
  return counts;
}

export async function control({ itGlue }: Pick<Scenery, 'itGlue'>, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${itGlue.url}/__sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The stand-in refused ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
