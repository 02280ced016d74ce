import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { planExport } from '../domain/it-glue/index.js';
import { Session } from '../examples/demo/api.js';
import { createItGlueClient, createSharedPace } from '../it-glue/index.js';
import { clientData } from './export/client-data.js';
import { enterClient } from './export/enter.js';
import { leastOf, pacedSeconds, type Least } from './export/least.js';
import { memoryGrowth, probed, type MemoryGrowth } from './export/memory.js';
import { preview, runExport, type ExportRun } from './export/run.js';
import { runScript } from './export/script.js';
import { sizes, type Size } from './export/sizes.js';
import { StandIn } from './export/stand-in.js';
import { measureOf, ratioAtMost, valueBelow } from './main/measure.js';
import { openBenchStore, withFolder, withStack, type BenchStack } from './main/stack.js';
import { machine, type BenchResult, type Measure } from './result.js';

const LATENCY_MS = 60;
/** What the product takes of 3,000 requests in five minutes: a tenth of its 60 % at once, the rest evenly. */
const pace = { atOnce: 180, perSecond: (1_800 - 180) / 300 };

interface Round {
  readonly run: ExportRun;
  readonly requests: number;
  readonly least: Least;
  readonly memory: MemoryGrowth;
}

/**
 * Exports of made-up clients of three sizes through the whole stack, the stand-in 60 ms away, beside the least that the
 * documented routes allow and beside a plain script that sends one record at a time under the same share of the rate limit.
 * Each size has a stack of its own, so that its worker is a fresh one.
 */
export async function run(): Promise<BenchResult> {
  const measures: Measure[] = [];
  for (const size of sizes) measures.push(...(await measureSize(size)));
  return { name: 'export', machine: machine(), measures };
}

export async function measureSize(size: Size): Promise<Measure[]> {
  return withFolder(async (folder) => {
    const memoryFile = join(folder, 'memory.jsonl');
    return withStack(async (stack) => {
      const rounds: Round[] = [];
      const scripts: number[] = [];
      const bench = await openBench(stack, memoryFile);
      try {
        await bench.warmUp();
        for (let number = 0; number < size.rounds; number += 1) {
          rounds.push(await bench.exportOnce(size, number));
          if (number < size.scriptRounds) scripts.push(await bench.scriptOnce(size, number));
          console.error(describe(size, rounds.at(-1)!));
        }
      } finally {
        await bench.close();
      }
      return measuresOf(size, rounds, scripts);
    }, probed(memoryFile));
  });
}

async function openBench({ info, tenant }: BenchStack, memoryFile: string) {
  const store = await openBenchStore({ info, tenant });
  const connection = await Connection.connect({ address: info.urls.temporal });
  const temporal = new Client({ connection });
  const pool = new pg.Pool({ connectionString: info.settings['DATABASE_URL'], max: 1 });
  const session = new Session(info.urls.api, tenant.users.find((user) => user.role === 'administrator')!.token);
  const standIn = await StandIn.of(info, LATENCY_MS);

  /** As after five quiet minutes, or with nothing saved up. */
  const fillBuckets = (tokens: number) => pool.query(`UPDATE it_glue_pace SET tokens = $1, counts_from = clock_timestamp()`, [tokens]);

  let idleUntil = 0;
  const bench = {
    /** What a worker loads and compiles for its first export stays: growth is counted from there. */
    async warmUp(): Promise<void> {
      await bench.exportOnce(sizes[0]!, 25);
      await sleep(5_000);
      idleUntil = Date.now();
    },

    async exportOnce(size: Size, number: number): Promise<Round> {
      const data = clientData(size, markOf('Ours', number));
      const account = await standIn.knowSome(markOf('Ours', number), size.makes, size.models);
      const { clientId } = await enterClient(store, tenant, data);
      const previewId = await preview(session, clientId);
      await fillBuckets(pace.atOnce);
      await standIn.forgetRequests();
      const run = await runExport(session, temporal, clientId, previewId);
      standIn.learn(data.records);
      const requests = await standIn.requests();
      const least = leastOf(planExport(data.records).units, data.records, account, LATENCY_MS, pace);
      return { run, requests, least, memory: idleUntil === 0 ? { rss: 0, heap: 0 } : await memoryGrowth(memoryFile, idleUntil, run.startedAt, run.endedAt) };
    },

    /** Seconds that the script takes for the whole client. */
    async scriptOnce(size: Size, number: number): Promise<number> {
      const data = clientData(size, markOf('Script', number));
      await standIn.knowSome(markOf('Script', number), size.makes, size.models);
      const api = createItGlueClient({ baseUrl: standIn.url, apiKey: standIn.apiKey, pace: createSharedPace({ pool, key: 'script' }) });
      try {
        await api.platforms.list();
        // A share of the records stands for a long run, which goes at the steady rate; what a full bucket saves is taken off.
        await fillBuckets(size.scriptShare === 1 ? pace.atOnce : 0);
        const started = performance.now();
        await runScript(api, data, size.scriptShare);
        const seconds = (performance.now() - started) / 1_000;
        return size.scriptShare === 1 ? seconds : seconds * size.scriptShare - pacedSeconds(2 * pace.atOnce, pace);
      } finally {
        standIn.learn(data.records);
        await api.close();
      }
    },

    async close(): Promise<void> {
      await pool.end();
      await connection.close();
      await store.close();
    },
  };
  return bench;
}

/** Letters that no other client's names have. */
const markOf = (side: string, number: number): string => `${side} ${String.fromCharCode(65 + number).repeat(3)}`;

function measuresOf(size: Size, rounds: readonly Round[], scripts: readonly number[]): Measure[] {
  const all = (of: (round: Round) => number) => rounds.map(of);
  const most = (of: (round: Round) => number) => Math.max(...all(of));
  const seconds = all(({ run }) => run.seconds);
  const name = (what: string) => `${size.name}: ${what}`;
  return [
    measureOf(name('requests, against the least'), 'requests', { ours: all(({ requests }) => requests), baseline: all(({ least }) => least.requests) }, ratioAtMost(1.05)),
    measureOf(name('time, against a plain script'), 's', { ours: seconds, baseline: scripts }, ratioAtMost(0.1)),
    measureOf(name('time, against the ideal pipeline'), 's', { ours: seconds, baseline: all(({ least }) => least.seconds) }, ratioAtMost(1.5)),
    valueBelow(name('worker memory growth'), 'MB', most(({ memory }) => memory.rss), 100),
    valueBelow(name('worker heap growth'), 'MB', most(({ memory }) => memory.heap), 100),
    valueBelow(name('history events'), 'events', most(({ run }) => run.history.events), 2_000),
    valueBelow(name('history size'), 'kB', most(({ run }) => run.history.bytes) / 1_000, 1_000),
    valueBelow(name('largest payload'), 'kB', most(({ run }) => run.history.largestPayload) / 1_000, 50),
  ];
}

/** One line for whoever waits. */
function describe(size: Size, { run, requests, least, memory }: Round): string {
  const { events, bytes } = run.history;
  return `${size.name}: ${run.seconds.toFixed(2)} s (ideal ${least.seconds.toFixed(2)}), ${requests} requests (least ${least.requests}), +${memory.rss.toFixed(0)} MB, ${events} events, ${bytes} bytes`;
}
