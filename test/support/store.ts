/** A migrated database of one's own with a vault and the demo tenants, for one test file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Actor, InternalRole } from '../../domain/roles.js';
import { migrate } from '../../store/migrate.js';
import { openDatabase, type Store } from '../../store/context.js';
import { actorOf } from '../../store/tokens.js';
import { seedDemoTenants, type DemoTenant } from '../../store/seed.js';
import { LocalKeyEncryption } from '../../store/vault/local-key-encryption.js';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { Vault } from '../../store/vault/vault.js';
import { startTestPostgres } from './postgres.js';

export interface TestStore {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly keyFolder: string;
  /** Tiers `standard` (30 days) and `demo` (seconds). */
  readonly tenants: readonly DemoTenant[];
  /** The seeded person of that role in the first tenant. */
  actor(role: InternalRole, tenant?: number): Promise<Actor>;
  close(): Promise<void>;
}

export async function openTestStore(): Promise<TestStore> {
  const postgres = await startTestPostgres({ prepare: async (url) => void (await migrate(url)) });
  const keyFolder = await mkdtemp(join(tmpdir(), 'client-onboarder-keys-'));
  const vault = new Vault(LocalKeyEncryption.fromKey(randomBytes(32)), new FolderKeyStore(keyFolder), randomBytes(32));
  const store: Store = { db: openDatabase(postgres.url, 8), vault };
  const tenants = await seedDemoTenants(store);
  return {
    store,
    databaseUrl: postgres.url,
    keyFolder,
    tenants,
    async actor(role, tenant = 0) {
      const user = tenants[tenant]!.users.find((one) => one.role === role)!;
      return (await actorOf(store, user.token, new Date()))!;
    },
    async close() {
      await store.db.$disconnect();
      await postgres.close();
      await rm(keyFolder, { recursive: true, force: true });
    },
  };
}
