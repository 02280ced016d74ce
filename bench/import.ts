import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch, type BodyInit } from 'undici';
import { actorOf, createClient, type Store } from '../store/index.js';
import { writeDevices } from './import/file.js';
import { withBaseline } from './main/baseline.js';
import { inTurns, measureOf, median, ratioAtMost } from './main/measure.js';
import { openBenchStore, withFolder, withStack, type BenchStack } from './main/stack.js';
import { machine, type BenchResult, type Measure } from './result.js';

const ROWS = 100_000;
const ROUNDS = 3;
const MOST_MB = 150;

/**
 * An import of 100,000 rows through the API, both steps, beside the bare parser with a bulk insert of the same rows into the
 * same database; the memory that it takes in the API process; and how long others wait for an answer meanwhile.
 */
export async function run(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const file = join(folder, 'devices.csv');
    await writeDevices(file, ROWS);
    return withStack(async (stack) => {
      const store = await openBenchStore(stack);
      try {
        return await withBaseline('bench/import/bare.ts', { DATABASE_URL: stack.info.settings['DATABASE_URL']! }, async ({ url, pid }) => {
          const { pids } = stack.info;
          const importer = await Importer.of(stack, store, file);
          const bareRun = () => bare(url!, file);
          await bareRun();
          await importer.run();
          const idle = await waits(importer, sleep(5_000));
          const worked = { ours: [] as number[], baseline: [] as number[] };
          const rounds = await inTurns(
            ROUNDS,
            () => working([pids['api']!, pids['postgres']!], worked.ours, () => importer.run()),
            () => working([Number(pid), pids['postgres']!], worked.baseline, bareRun),
          );
          await importer.runBesideOthers();
          const measures = [
            measureOf(`import of ${ROWS} rows`, 's', rounds, ratioAtMost(2)),
            measureOf('processor time of it, with the database', 's', worked, null),
            importer.memory(),
            ...importer.answers(idle),
          ];
          return { name: 'import', machine: machine(), measures };
        });
      } finally {
        await store.close();
      }
    });
  });
}

async function bare(url: string, file: string): Promise<number> {
  const start = performance.now();
  const answer = await fetch(`${url}/${encodeURIComponent(file)}`, { dispatcher: patient });
  if ((await answer.text()) !== String(ROWS)) throw new Error('The baseline did not insert every row');
  return (performance.now() - start) / 1_000;
}

/** Runs one side and notes how long its processes worked: other work on the machine disturbs that less than the time it takes. */
async function working(pids: readonly number[], noted: number[], run: () => Promise<number>): Promise<number> {
  const before = await workedSeconds(pids);
  const seconds = await run();
  noted.push((await workedSeconds(pids)) - before);
  return seconds;
}

/** A tick of /proc/<pid>/stat: Linux counts a hundred a second. */
const ticksPerSecond = 100;

async function workedSeconds(pids: readonly number[]): Promise<number> {
  const ticks = await Promise.all(
    pids.map(async (pid) => {
      // After the name, which may hold anything but a bracket and a blank: state is the 3rd field, user and system time 14th and 15th.
      const [, rest] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ', 2);
      const fields = rest!.split(' ');
      return Number(fields[11]) + Number(fields[12]);
    }),
  );
  return ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond;
}

/** A busy machine may take minutes to answer. */
const patient = new Agent({ headersTimeout: 0, bodyTimeout: 0 });

/** Imports the file into a new client each time, and watches the API meanwhile. */
class Importer {
  private readonly grown: number[] = [];
  private readonly waited: number[] = [];
  private failed = 0;

  private constructor(
    private readonly stack: BenchStack,
    private readonly store: Store,
    private readonly file: string,
    private readonly token: string,
  ) {}

  static async of(stack: BenchStack, store: Store, file: string): Promise<Importer> {
    return new Importer(stack, store, file, stack.tenant.users.find((user) => user.role === 'administrator')!.token);
  }

  /** Seconds that both steps take while nobody else asks for anything, as with the baseline. */
  async run(): Promise<number> {
    const imports = await this.newClient();
    const before = await this.memoryMb();
    let highest = before;
    const start = performance.now();
    const work = this.bothSteps(imports).then(() => (performance.now() - start) / 1_000);
    await watch(work, async () => (highest = Math.max(highest, await this.memoryMb())));
    this.grown.push(highest - before);
    return work;
  }

  async runBesideOthers(): Promise<void> {
    this.waited.push(...(await waits(this, this.bothSteps(await this.newClient()))));
  }

  private async bothSteps(imports: string): Promise<void> {
    const sent = await this.call<{ id: string; new: number }>('POST', `${imports}?records=configurations`, createReadStream(this.file), 'text/csv');
    if (sent.new !== ROWS) throw new Error(`Only ${sent.new} rows are new`);
    const done = await this.call<{ result: { created: number } }>('POST', `${imports}/${sent.id}/carry-out`, JSON.stringify({ rows: 'all' }), 'application/json');
    if (done.result.created !== ROWS) throw new Error('Not every row was imported');
  }

  /** A request of somebody else, as the list of clients asks it. */
  async ask(): Promise<number> {
    const start = performance.now();
    try {
      await this.call('GET', '/v1/clients?limit=20');
    } catch {
      this.failed += 1;
    }
    return performance.now() - start;
  }

  memory(): Measure {
    const value = Math.max(...this.grown);
    return { name: 'memory of the API process grows by at most', value, unit: 'MB', baseline: null, ratio: null, aim: `< ${MOST_MB} MB`, met: value < MOST_MB };
  }

  answers(idle: readonly number[]): Measure[] {
    const measure = (name: string, of: (figures: readonly number[]) => number): Measure => {
      const [value, baseline] = [of(this.waited), of(idle)];
      return { name, value, unit: 'ms', baseline, ratio: value / baseline, aim: null, met: null };
    };
    return [
      measure('list of clients for others meanwhile, median', median),
      measure('list of clients for others meanwhile, 95 of 100', (figures) => [...figures].sort((a, b) => a - b)[Math.floor(figures.length * 0.95)]!),
      measure('list of clients for others meanwhile, longest', (figures) => Math.max(...figures)),
      { name: 'lists for others that failed', value: this.failed, unit: '', baseline: null, ratio: null, aim: '0', met: this.failed === 0 },
    ];
  }

  private async newClient(): Promise<string> {
    const actor = (await actorOf(this.store, this.token, new Date()))!;
    const { id } = await createClient(this.store, actor, `Cedar ${Math.random()}`, { engineerId: actor.userId, managerId: actor.userId, salesRepId: actor.userId });
    await this.store.db.client.update({ where: { id }, data: { stage: 'msp' } });
    return `/v1/clients/${id}/sections/msp/imports`;
  }

  private async call<T>(method: string, path: string, body?: BodyInit, type?: string): Promise<T> {
    const headers = { authorization: `Bearer ${this.token}`, ...(type ? { 'content-type': type } : {}) };
    const answer = await fetch(`${this.stack.info.urls.api}${path}`, { method, headers, dispatcher: patient, ...(body ? { body, duplex: 'half' as const } : {}) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as T;
  }

  /** What the API process holds of the machine's memory. */
  private async memoryMb(): Promise<number> {
    const status = await readFile(`/proc/${this.stack.info.pids['api']}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) / 1_024;
  }
}

/** Milliseconds of requests that follow each other every 50 ms while something else goes on. */
async function waits(importer: Importer, work: Promise<unknown>): Promise<number[]> {
  const all: number[] = [];
  await watch(work, async () => void all.push(await importer.ask()));
  return all;
}

async function watch(work: Promise<unknown>, look: () => Promise<unknown>): Promise<void> {
  let going = true;
  const ended = work.finally(() => (going = false));
  ended.catch(() => undefined);
  while (going) {
    await look();
    await sleep(50);
  }
  await ended;
}
