import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portTable } from '../../local/ports.js';
import type { RunningStackInfo } from '../../local/running-stack.js';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack } from '../../local/stack.js';
import { apiVariables, workerVariables } from '../../settings/variables.js';
import { openStore } from '../../store/index.js';
import type { DemoTenant } from '../../store/seed.js';
import { endingWith } from './interrupt.js';

export interface BenchStack {
  readonly info: RunningStackInfo;
  readonly tenant: DemoTenant;
}

/** The embedded stack in a folder of its own, with the demo people; gone afterwards. `settings` are for all of its parts. */
export async function withStack<T>(work: (stack: BenchStack) => Promise<T>, settings: Readonly<Record<string, string>> = {}): Promise<T> {
  return withFolder(async (dataFolder) => {
    // The pace of one person is no limit here: one person's token stands for a whole office.
    const env = { ...plainEnvironment(), API_RATE_LIMIT: '100000000', ...settings };
    const stack = await startStack({ dataFolder, ports: 'ephemeral', env, report: (line) => console.error(line) });
    return endingWith(
      () => stack.close(),
      async () => {
        await seedDemo(stack.info);
        return work({ info: stack.info, tenant: readDemoTenants(dataFolder)[0]! });
      },
    );
  });
}

/** The stack's store, as API and worker open it. The caller closes it. */
export async function openBenchStore({ info: { settings } }: BenchStack) {
  return openStore({
    DATABASE_URL: settings['DATABASE_URL']!,
    DATABASE_CONNECTIONS: 4,
    KEY_ENCRYPTION_KEY_FILE: settings['KEY_ENCRYPTION_KEY_FILE']!,
    NAME_HASH_KEY_FILE: settings['NAME_HASH_KEY_FILE']!,
    KEY_STORE_DIR: settings['KEY_STORE_DIR'],
  });
}

/** A folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-bench-'));
  return endingWith(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }), () => work(folder));
}

/** This process's environment without the product's settings: a bench never writes to a server that somebody uses. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  const settings = new Set([...Object.keys(apiVariables), ...Object.keys(workerVariables), ...Object.values(portTable).map(({ setting }) => setting), 'DATA_DIR']);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !settings.has(name)));
}
