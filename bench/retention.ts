import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { actorOf, verifyCertificates, type ClientKey, type Store } from '../store/index.js';
import { memoryOf, probed } from './export/memory.js';
import { prepareClients } from './lifecycle/clients.js';
import { rateOf } from './lifecycle/rate.js';
import { ratioAtLeast, valueBelow } from './main/measure.js';
import { openBenchStore, withFolder, withStack, type BenchStack } from './main/stack.js';
import { machine, type BenchResult, type Measure } from './result.js';
import { keptClients } from './retention/clients.js';
import { leftOf } from './retention/left.js';
import { Processes } from './retention/processes.js';

/** For a quick try: `BENCH_CLIENTS=300 BENCH_PURGES=50 npm run bench -- retention`. */
const CLIENTS = Number(process.env['BENCH_CLIENTS'] ?? 10_000);
const PURGES = Number(process.env['BENCH_PURGES'] ?? 1_000);
const DECIDERS = 8;
const BASELINE_MS = 30_000;
/** Clients that are begun before the others: what a worker takes when it works hard for the first time is told from what clients cost it. */
const SOME = Math.min(1_000, CLIENTS);
/** Long enough for what was needed for a moment to be given back. */
const IDLE_MS = 60_000;
/** The longest that the API may be told to wait for a decision. */
const PATIENCE_MS = 30_000;
/** The purges are due within this time, one after the other. */
const DUE_WITHIN_MS = 60_000;
/** How long the sweep is waited for. */
const SWEEP_MS = 10 * 60_000;
const day = 24 * 3_600_000;

const tell = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);

/**
 * Clients that are kept: what the worker holds for them, how long it takes to remove many that are due within a minute, and what
 * people who decide about other clients notice of it. Baseline of their decisions: the same load before and after the removals.
 */
export async function run(): Promise<BenchResult> {
  if (!(CLIENTS >= PURGES && PURGES > 0)) throw new Error('BENCH_CLIENTS must be at least BENCH_PURGES, and both above 0');
  return withFolder(async (folder) => {
    const memoryFile = join(folder, 'memory.jsonl');
    return withStack(async (stack) => {
      const store = await openBenchStore(stack);
      const processes = await Processes.of(stack.info);
      try {
        return { name: 'retention', machine: machine(), measures: await measure(stack, store, processes, memoryFile) };
      } finally {
        await processes.close();
        await store.close();
      }
    }, { ...probed(memoryFile), DECISION_TIMEOUT_MS: String(PATIENCE_MS) });
  });
}

async function measure(stack: BenchStack, store: Store, processes: Processes, memoryFile: string): Promise<Measure[]> {
  const { info, tenant } = stack;
  const actor = (await actorOf(store, tenant.users.find((user) => user.role === 'administrator')!.token, new Date()))!;
  let givenUp = 0;
  const prepared = () => prepareClients(info.urls.api, tenant, DECIDERS, () => (givenUp += 1));
  const decisions = async (milliseconds: number) => rateOf(await prepared(), milliseconds);

  tell('warming up');
  await decisions(10_000);
  const idleMemory = async () => {
    await sleep(IDLE_MS);
    return memoryOf(memoryFile, Date.now() - IDLE_MS / 6, Date.now());
  };
  const idle = await idleMemory();
  await processes.start(await keptClients(store, actor, SOME, new Date(Date.now() + 20 * day), () => undefined), () => undefined);
  const some = await idleMemory();

  tell(`making ${CLIENTS} clients in retention`);
  const seeding = Date.now();
  const clients = await keptClients(store, actor, CLIENTS, new Date(Date.now() + 20 * day), (made) => tell(`  ${made} made`));
  tell(`starting their workflows (making took ${seconds(seeding)} s)`);
  const starting = Date.now();
  await processes.start(clients, (started) => tell(`  ${started} started`));
  await processes.until(`WorkflowType = "clientLifecycle" AND ClientStage = "retention" AND ExecutionStatus = "Running"`, CLIENTS + SOME, (found) => tell(`  ${found} wait for their end`));
  tell(`all wait (starting took ${seconds(starting)} s)`);
  const kept = await idleMemory();
  tell(`worker: ${idle.rss.toFixed(0)} MB idle, ${some.rss.toFixed(0)} MB with ${SOME} clients, ${kept.rss.toFixed(0)} MB with ${CLIENTS} more`);

  const before = await decisions(BASELINE_MS);
  tell(`${before.toFixed(1)} decisions a second; moving the end of ${PURGES} clients`);
  const due = clients.slice(0, PURGES);
  // Time for all to hear of it: none may be due before.
  const from = Date.now() + 30_000 + PURGES * 60;
  await moveEnds(store, due, from);
  await processes.tellOfMovedEnd(due, (told) => tell(`  ${told} told`));
  if (Date.now() > from) tell(`  the first were due ${seconds(from)} s ago`);
  await sleep(Math.max(0, from - Date.now()));

  tell('removals are due');
  let rate = 0;
  let running = true;
  const load = async () => {
    const [started, chains] = [Date.now(), await prepared()];
    let decided = 0;
    const work = performance.now();
    await Promise.all(chains.map(async (step) => { while (running) { await step(); decided += 1; } }));
    rate = (decided * 1000) / (performance.now() - work);
    tell(`${rate.toFixed(1)} decisions a second during ${seconds(started)} s of removals`);
  };
  const watch = async () => {
    for (let last = -1; ; await sleep(2_000)) {
      const done = await store.db.removal.count({ where: { clientId: { in: due.map(({ clientId }) => clientId) } } });
      if (done !== last) tell(`  ${(last = done)} certificates`);
      if (done === due.length || Date.now() - from > 60 * 60_000) break;
    }
    running = false;
  };
  await Promise.all([load(), watch()]);
  const gone = await leftOf(info.settings['DATABASE_URL']!, info.settings['KEY_STORE_DIR']!, due);
  const after = await decisions(BASELINE_MS);
  tell(`${after.toFixed(1)} decisions a second afterwards`);
  const { faults } = await verifyCertificates(store, tenant.id);

  tell('waiting until Temporal has removed the histories; the sweep takes those of the removals themselves');
  await processes.until(`WorkflowType = "purge" AND ExecutionStatus = "Running"`, 0, () => undefined);
  const lives = `WorkflowType = "clientLifecycle" AND ExecutionStatus NOT IN ("Running", "ContinuedAsNew")`;
  const late = await processes.count(lives);
  await processes.sweep();
  let executions = PURGES + late;
  const left = async () => (executions = (await processes.count(`WorkflowType = "purge"`)) + (await processes.count(lives)));
  for (const until = Date.now() + SWEEP_MS; Date.now() < until && (await left()) > 0; await sleep(1_000)) tell(`  ${executions} executions left`);

  const baseline = (before + after) / 2;
  const aim = ratioAtLeast(0.5);
  const none = (name: string, value: number): Measure => ({ name, value, unit: '', baseline: null, ratio: null, aim: '0', met: value === 0 });
  return [
    valueBelow(`worker memory with ${CLIENTS} clients in retention, above idle`, 'MB', kept.rss - idle.rss, 50),
    { name: `and above the same worker with ${SOME} of them`, value: kept.rss - some.rss, unit: 'MB', baseline: null, ratio: null, aim: null, met: null },
    { name: `${PURGES} removals due within ${DUE_WITHIN_MS / 1_000} s: from the first until the last is certified`, value: (gone.lastAt - from) / 1_000, unit: 's', baseline: null, ratio: null, aim: null, met: null },
    none('certificates missing, or not as the audit chain names them', due.length - gone.certificates + faults.length),
    none('rows and keys left', gone.rows + gone.keys),
    { name: 'lives that Temporal still listed after their removal, for the sweep', value: late, unit: '', baseline: null, ratio: null, aim: null, met: null },
    none('Temporal executions left after the sweep', executions),
    { name: `decisions given up because they took longer than ${PATIENCE_MS / 1_000} s`, value: givenUp, unit: '', baseline: null, ratio: null, aim: null, met: null },
    { name: `decisions of ${DECIDERS} other clients meanwhile`, value: rate, unit: 'per s', baseline, ratio: rate / baseline, aim: aim.text, met: aim.met(rate / baseline) },
  ];
}

/** Their ends lie one after the other within a minute. */
async function moveEnds(store: Store, clients: readonly ClientKey[], from: number): Promise<void> {
  for (const [index, { clientId }] of clients.entries()) {
    const purgeAt = new Date(from + Math.floor((index * DUE_WITHIN_MS) / clients.length));
    await store.db.client.update({ where: { id: clientId }, data: { purgeAt, purgeSetAt: new Date() } });
  }
}

const seconds = (since: number) => Math.round((Date.now() - since) / 1_000);
