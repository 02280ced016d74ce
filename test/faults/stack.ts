/** One whole stack for many rounds: two workers, API, PostgreSQL, Temporal and the stand-in, each a process of its own, some of them killed or frozen now and then. */
import { createReadStream } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOrphanGuard, type OrphanGuard } from '../../local/orphan-guard.js';
import { Part } from '../../local/part.js';
import { workerSpec } from '../../local/part-specs.js';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack } from '../../local/stack.js';
import type { InternalRole } from '../../domain/roles.js';
import { actorOf, openStore, type Store } from '../../store/index.js';
import type { Entry } from './entering.js';
import { waits, type Blow, type PartName } from './plan.js';
import { openReplayer, type Replayer } from './replayer.js';
import { StandIn } from './stand-in.js';

/** A part that dies again and again is started ever later and in the end given up, unless it ran so long (local/part.ts). */
const steadyMs = 61_000;
const killsInARow = 3;
/** A part that has just been started has done nothing yet that could be lost. */
const youngMs = 3_000;
/** Longer than Temporal waits for a sign of life of a step (workflows/activities.ts: 15 s). */
const frozenMs = 19_000;

export interface CampaignStack extends Entry {
  readonly store: Store;
  readonly apiUrl: string;
  readonly tokenOf: (role: InternalRole) => string;
  readonly standIn: StandIn;
  readonly replayer: Replayer;
  /** Kills or freezes a part as soon as it has run for a while. @returns whether it did before `signal` */
  strike(blow: Blow, signal: AbortSignal): Promise<boolean>;
  /** Names of files that hold what only the database, sealed, and the account may hold. */
  leaks(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openCampaignStack(report: (line: string) => void): Promise<CampaignStack> {
  const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-faults-'));
  const env = {
    ...process.env,
    IT_GLUE_TIMEOUT_MS: String(waits.timeoutMs),
    IT_GLUE_SETTLE_MS: waits.settleMs.join(','),
    IT_GLUE_PAUSE_MS: String(waits.pauseMs),
    IT_GLUE_RATE_SHARE: '1',
    API_RATE_LIMIT: '100000',
    LOG_LEVEL: 'debug',
  };
  const stack = await startStack({ dataFolder: folder, ports: 'ephemeral', env, report });
  const { info } = stack;
  const { settings } = info;
  // The stack ends its own parts when the campaign is killed; this is the same for the worker that only the campaign has.
  const guard = startOrphanGuard();
  const second = secondWorker(folder, { ...env, ...settings }, report, guard);
  await Promise.all([seedDemo(info), second.start()]);
  const store = await openStore({
    DATABASE_URL: settings['DATABASE_URL']!,
    DATABASE_CONNECTIONS: 4,
    KEY_ENCRYPTION_KEY_FILE: settings['KEY_ENCRYPTION_KEY_FILE']!,
    NAME_HASH_KEY_FILE: settings['NAME_HASH_KEY_FILE']!,
    KEY_STORE_DIR: settings['KEY_STORE_DIR'],
    KEY_STORE_URL: settings['KEY_STORE_URL'],
  });
  // Not the one whose retention is seconds: the data must still be there to be compared.
  const tenant = readDemoTenants(folder).find((one) => one.tier !== 'demo')!;
  const tokenOf = (role: string) => tenant.users.find((user) => user.role === role)!.token;
  const apiKey = (await readFile(settings['IT_GLUE_API_KEY_FILE']!, 'utf8')).trim();
  const standIn = await StandIn.open(info.urls.itGlue!, apiKey);
  const replayer = await openReplayer(settings);
  const marker = `planted${randomBytes(8).toString('hex')}`;
  const striker = new Striker((part) => (part === 'worker-2' ? second.pid : info.pids[part]));
  return {
    store,
    marker,
    actor: async (role) => (await actorOf(store, tokenOf(role), new Date()))!,
    apiUrl: info.urls.api,
    tokenOf,
    standIn,
    replayer,
    strike: (blow, signal) => striker.strike(blow, signal),
    async leaks() {
      const wanted = [marker, ...standIn.productKeys, ...tenant.users.map((user) => user.token)];
      const leaking: string[] = [];
      for (const file of await filesOf(folder)) {
        // The account itself, mail boxes, and the files that are there to hold a key.
        if (/^(it-glue|secrets|keys|mail)\//.test(file) || file === 'stack.json') continue;
        if (await holdsAny(join(folder, file), wanted)) leaking.push(file);
      }
      return leaking;
    },
    async close() {
      striker.close();
      await replayer.close();
      await store.close().catch(() => undefined);
      await second.stop();
      guard.done();
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function secondWorker(dataFolder: string, env: NodeJS.ProcessEnv, report: (line: string) => void, guard: OrphanGuard): Part {
  const spec = workerSpec({ dataFolder, env, ports: {} as never, secrets: {} as never }, { CODEC_PORT: '0' });
  return new Part(
    { ...spec, name: 'worker-2', label: 'The second worker', logFile: join(dataFolder, 'logs', 'worker-2.log') },
    { report, onProcess: (change, pid) => (change === 'started' ? guard.add(pid) : guard.drop(pid)), onGivenUp: (error) => report(error.message) },
  );
}

/** Knows how old each process is, and how often it was killed. */
class Striker {
  readonly #since = new Map<number, number>();
  readonly #inARow = new Map<PartName, number>();
  readonly #frozen = new Map<number, NodeJS.Timeout>();
  readonly #watch: NodeJS.Timeout;

  constructor(readonly pidOf: (part: PartName) => number | undefined) {
    const look = () => {
      for (const part of ['worker', 'worker-2', 'api', 'postgres', 'temporal'] as const) {
        const pid = pidOf(part);
        if (pid !== undefined && !this.#since.has(pid)) this.#since.set(pid, Date.now());
      }
    };
    look();
    this.#watch = setInterval(look, 200);
  }

  async strike({ part, how }: Blow, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const pid = this.pidOf(part);
      const ageMs = Date.now() - (this.#since.get(pid ?? -1) ?? Date.now());
      const before = ageMs > steadyMs ? 0 : (this.#inARow.get(part) ?? 0);
      if (pid !== undefined && ageMs >= youngMs && before < killsInARow && !this.#frozen.has(pid)) {
        if (how === 'freeze' && signalGroup(pid, 'SIGSTOP')) {
          this.#frozen.set(pid, setTimeout(() => this.#thaw(pid), frozenMs));
          return true;
        }
        if (how === 'kill' && signalGroup(pid, 'SIGKILL')) {
          this.#inARow.set(part, before + 1);
          return true;
        }
      }
      await sleep(200);
    }
    return false;
  }

  close(): void {
    clearInterval(this.#watch);
    for (const pid of [...this.#frozen.keys()]) this.#thaw(pid);
  }

  #thaw(pid: number): void {
    clearTimeout(this.#frozen.get(pid));
    this.#frozen.delete(pid);
    signalGroup(pid, 'SIGCONT');
  }
}

/** @returns false when it has just ended */
function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Read in pieces that overlap by the longest text: a database's file can be large. */
async function holdsAny(path: string, texts: readonly string[]): Promise<boolean> {
  const overlap = Math.max(...texts.map((text) => text.length));
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      const piece = Buffer.concat([rest, chunk]);
      if (texts.some((text) => piece.includes(text))) return true;
      rest = piece.subarray(-overlap);
    }
  } catch (error) {
    // Databases remove files while they run.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return false;
}
