/** One round: clients are entered, exported together through the API while things go wrong, and compared with the account. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Session } from '../../examples/demo/api.js';
import { inParallel } from '../../activities/export/in-parallel.js';
import { readAccount } from '../support/account.js';
import { Administrator } from './administrator.js';
import { compareAccount } from './compare.js';
import { enterClient, type Entered } from './entering.js';
import { Person, previewClient, type Told } from './person.js';
import type { Blow, RoundPlan } from './plan.js';
import type { CampaignStack } from './stack.js';
import { Watch } from './watch.js';
import { accountProblems } from './witness.js';

export interface RoundResult {
  readonly seed: number;
  readonly runs: number;
  /** In the account, over all runs. */
  readonly records: number;
  readonly requests: number;
  readonly seconds: { readonly entered: number; readonly exported: number; readonly compared: number };
  readonly faults: Readonly<Record<string, number>>;
  /** `kill worker`, `freeze temporal`, ... */
  readonly blows: Readonly<Record<string, number>>;
  readonly blocks: Readonly<Record<string, number>>;
  /** What was wrong, by the seed of the run; that of the round where it concerns all. Empty in a good round. */
  readonly wrong: readonly { readonly seed: number; readonly what: string }[];
}

export async function playRound(stack: CampaignStack, plan: RoundPlan): Promise<RoundResult> {
  const { standIn, store } = stack;
  const clock = stopwatch();
  const began = new Date();
  await standIn.switch(plan.switches);
  await standIn.setFaults([]);
  const session = new Session(stack.apiUrl, stack.tokenOf('manager'));
  const engineer = new Session(stack.apiUrl, stack.tokenOf('onboarding_engineer'));
  const administrator = new Administrator(new Session(stack.apiUrl, stack.tokenOf('administrator')), standIn);
  const ready: { client: Entered; previewId: string }[] = [];
  await inParallel(plan.runs, async (run) => {
    const client = await enterClient(stack, plan, run);
    ready.push({ client, previewId: await previewClient(session, client.key.clientId) });
  });
  await standIn.saveState(`before ${plan.seed}`);
  await standIn.clearRequests();
  const entered = clock();

  await standIn.setFaults(plan.runs.flatMap((run) => run.faults));
  const watch = new Watch(store, ready.map(({ client }) => client.key.clientId));
  const over = new AbortController();
  const striking = strikeAll(stack, plan.runs.flatMap((run) => run.blows), watch, over.signal);
  const told = new Map<Entered, Told>();
  const wrong: { seed: number; what: string }[] = [];
  await Promise.all(
    ready.map(async ({ client, previewId }) => {
      try {
        told.set(client, await new Person(session, engineer, client, standIn, administrator).export(previewId, () => watch.of(client.key.clientId)));
      } catch (error) {
        wrong.push({ seed: client.plan.seed, what: `the engineer could not go on: ${(error as Error).message}` });
      }
    }),
  );
  over.abort();
  const [blows, faults, { total, requests }] = [await striking, await standIn.hits(), await standIn.requests()];
  await watch.close();
  await standIn.setFaults([]);
  await administrator.mendKey();
  const exported = clock();

  const hashes = await standIn.hashes();
  const known = new Set<string>();
  let records = 0;
  for (const [client, { skipped, organizationId, wrong: seen }] of told) {
    const account = await readAccount(standIn, client.company);
    records += Object.values(account.counts).reduce((sum, count) => sum + count, 0);
    const compared = await onceItAnswers(() => compareAccount(store, client.key, account, skipped, hashes));
    for (const id of compared.ids) known.add(id);
    const lied = organizationId === account.organizations[0]?.id ? [] : ['the product names another organization than the one that is there'];
    for (const what of [...seen, ...lied, ...compared.wrong]) wrong.push({ seed: client.plan.seed, what });
  }
  for (const what of await accountProblems(standIn, `before ${plan.seed}`, known, requests)) wrong.push({ seed: plan.seed, what });
  for (const what of await onceItAnswers(() => stack.replayer.problems(began))) wrong.push({ seed: plan.seed, what });
  const blocks = sumUp([...told.values()].map((one) => one.blocks));
  return { seed: plan.seed, runs: plan.runs.length, records, requests: total, seconds: { entered, exported, compared: clock() }, faults, blows, blocks, wrong };
}

export function sumUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one))) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

async function strikeAll(stack: CampaignStack, blows: readonly Blow[], watch: Watch, signal: AbortSignal): Promise<Record<string, number>> {
  const struck = await Promise.all(
    blows.map(async (blow): Promise<Record<string, number>> => {
      while (watch.share() < blow.at && !signal.aborted) await sleep(100);
      return (await stack.strike(blow, signal)) ? { [`${blow.how} ${blow.part}`]: 1 } : {};
    }),
  );
  return sumUp(struck);
}

/** The database may be on its way up again after the last blow. */
async function onceItAnswers<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 60) throw error;
      await sleep(500);
    }
  }
}

/** Seconds since it was asked last. */
function stopwatch(): () => number {
  let from = Date.now();
  return () => {
    const seconds = Math.round((Date.now() - from) / 100) / 10;
    from = Date.now();
    return seconds;
  };
}
