/** The demo people of an embedded stack, and their sign-in tokens. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { roleWords } from '../domain/roles.js';
import type { Store } from '../store/context.js';
import { connectionPlace, putConnection } from '../store/it-glue-connection.js';
import { openStore } from '../store/open.js';
import { isSeeded, seedDemoTenants, type DemoTenant } from '../store/seed.js';
import { readPublicKey, sealForWorkers } from '../store/vault/for-workers.js';
import type { RunningStackInfo } from './running-stack.js';

export interface DemoUser {
  tenant: string;
  role: string;
  name: string;
  token: string;
}

/** The file with the demo people's tokens: the database keeps only their hashes. */
export const demoUsersFile = (dataFolder: string): string => join(dataFolder, 'secrets', 'demo-users.json');

/**
 * Makes the demo tenants if the database has no tenant yet, and gives their users.
 *
 * @returns an empty list when the database is not the embedded one, or the file with the tokens is gone
 */
export async function seedDemo(stack: RunningStackInfo): Promise<DemoUser[]> {
  // A server of one's own may be in earnest: demo people with lasting tokens have no place in it.
  if (stack.pids['postgres'] === undefined) return [];
  const file = demoUsersFile(stack.dataFolder);
  const store = await openStore({
    DATABASE_URL: stack.settings['DATABASE_URL']!,
    DATABASE_CONNECTIONS: 2,
    KEY_ENCRYPTION_KEY_FILE: stack.settings['KEY_ENCRYPTION_KEY_FILE']!,
    NAME_HASH_KEY_FILE: stack.settings['NAME_HASH_KEY_FILE']!,
    KEY_STORE_DIR: stack.settings['KEY_STORE_DIR'],
    KEY_STORE_URL: stack.settings['KEY_STORE_URL'],
  });
  try {
    if (!(await isSeeded(store))) {
      const tenants = await seedDemoTenants(store);
      writeFileSync(`${file}.part`, `${JSON.stringify(tenants, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    }
    const apiKey = readFileSync(stack.settings['IT_GLUE_API_KEY_FILE']!, 'utf8').trim();
    await connectToStandIn(store, readDemoTenants(stack.dataFolder), { apiKey, publicKeyFile: stack.settings['IT_GLUE_PUBLIC_KEY_FILE']! });
  } finally {
    await store.close();
  }
  return readDemoTenants(stack.dataFolder).flatMap(({ name: tenant, users }) =>
    users.map(({ role, name, token }) => ({ tenant, role: roleWords[role], name, token })),
  );
}

/** Gives the tenants that never had an IT Glue connection one to the stand-in. */
export async function connectToStandIn(store: Store, tenants: readonly DemoTenant[], { apiKey, publicKeyFile }: { apiKey: string; publicKeyFile: string }): Promise<void> {
  const publicKey = await readPublicKey(publicKeyFile);
  for (const { id: tenantId } of tenants) {
    if ((await store.db.itGlueConnection.count({ where: { tenantId } })) > 0) continue;
    const { id: userId } = await store.db.user.findFirstOrThrow({ where: { tenantId, roles: { has: 'administrator' } }, select: { id: true } });
    const sealed = await sealForWorkers(publicKey, connectionPlace(tenantId, 'stand_in'), apiKey);
    await putConnection(store, { tenantId, userId }, { region: 'stand_in', webUrl: null, key: { sealed, ending: apiKey.slice(-4) }, seen: null });
  }
}

/** The demo tenants of a data folder, with tokens; none when they were never made there. */
export function readDemoTenants(dataFolder: string): DemoTenant[] {
  try {
    return JSON.parse(readFileSync(demoUsersFile(dataFolder), 'utf8')) as DemoTenant[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
