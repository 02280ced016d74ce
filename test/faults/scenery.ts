/** One whole stack for many rounds: every part a process of its own, some of them killed now and then. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack } from '../../local/stack.js';
import { actorOf, openStore } from '../../store/index.js';
import type { TestStore } from '../support/store.js';
import type { Killable } from './plan.js';
import { control, type Scenery } from './round.js';

/** A part that dies again and again is started ever later and in the end given up, unless it ran so long (local/part.ts). */
const steadyMs = 61_000;
const killsInARow = 3;
/** A part that has just been started has done nothing yet that could be lost. */
const youngMs = 3_000;

/** Values of the sample that must never be in a log. */
const secrets = ['S3cret', 'person0@sample', 'nora@sample'];

export interface OpenScenery extends Scenery {
  /** Names of log files that hold a secret or a person's address. */
  leaks(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openScenery(report: (line: string) => void): Promise<OpenScenery> {
  const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-faults-'));
  const env = { ...process.env, IT_GLUE_TIMEOUT_MS: '1500', IT_GLUE_SETTLE_MS: '50,200,500,1500', IT_GLUE_RATE_SHARE: '1', API_RATE_LIMIT: '100000', LOG_LEVEL: 'debug' };
  const stack = await startStack({ dataFolder: folder, ports: 'ephemeral', env, report });
  const { info } = stack;
  await seedDemo(info);
  const { settings } = info;
  const store = await openStore({
    DATABASE_URL: settings['DATABASE_URL']!,
    DATABASE_CONNECTIONS: 2,
    KEY_ENCRYPTION_KEY_FILE: settings['KEY_ENCRYPTION_KEY_FILE']!,
    NAME_HASH_KEY_FILE: settings['NAME_HASH_KEY_FILE']!,
    KEY_STORE_DIR: settings['KEY_STORE_DIR'],
    KEY_STORE_URL: settings['KEY_STORE_URL'],
  });
  // Not the one whose retention is seconds: the data must still be there to be compared.
  const tenant = readDemoTenants(folder).find((one) => one.tier !== 'demo')!;
  const tokenOf = (role: string) => tenant.users.find((user) => user.role === role)!.token;
  const test = { store, actor: async (role: string) => (await actorOf(store, tokenOf(role), new Date()))! } as unknown as TestStore;
  const itGlue = { url: info.urls.itGlue!, apiKey: (await readFile(settings['IT_GLUE_API_KEY_FILE']!, 'utf8')).trim() };
  const { ids } = (await control({ itGlue }, 'POST', 'seed', [{ resource: 'organizations', attributes: { name: 'Somebody else' } }])) as { ids: string[] };
  // The stand-in's own limit would only slow the campaign down: 429 is among its faults.
  await control({ itGlue }, 'PATCH', 'switches', { rateLimit: 0 });

  const since = new Map<number, number>();
  const watch = setInterval(() => {
    for (const pid of Object.values(info.pids)) if (!since.has(pid)) since.set(pid, Date.now());
  }, 200);
  const inARow = new Map<Killable, number>();
  const kill = (part: Killable): boolean => {
    const pid = info.pids[part]!;
    const ageMs = Date.now() - (since.get(pid) ?? Date.now());
    const before = ageMs > steadyMs ? 0 : (inARow.get(part) ?? 0);
    if (ageMs < youngMs || before >= killsInARow) return false;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It is down and about to be started again.
      return false;
    }
    inARow.set(part, before + 1);
    return true;
  };
  return {
    test,
    apiUrl: info.urls.api,
    token: tokenOf('manager'),
    itGlue,
    kill,
    foreign: ids.map(String),
    async leaks() {
      const logs = join(folder, 'logs');
      const wanted = [...secrets, itGlue.apiKey, ...tenant.users.map((user) => user.token)];
      const leaking: string[] = [];
      for (const name of await readdir(logs)) {
        const text = await readFile(join(logs, name), 'utf8');
        if (wanted.some((secret) => text.includes(secret))) leaking.push(name);
      }
      return leaking;
    },
    async close() {
      clearInterval(watch);
      await store.close();
      await stack.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
