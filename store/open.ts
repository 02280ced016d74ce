import { openDatabase, type Store } from './context.js';
import { LocalKeyEncryption, readKeyFile } from './vault/key-encryption.js';
import { DatabaseKeyStore, FolderKeyStore, type KeyStore } from './vault/key-store.js';
import { Vault } from './vault/vault.js';

/** The settings that say where data and keys are. */
export interface StoreSettings {
  readonly DATABASE_URL: string;
  readonly DATABASE_CONNECTIONS: number;
  readonly KEY_ENCRYPTION_KEY_FILE: string;
  readonly NAME_HASH_KEY_FILE: string;
  readonly KEY_STORE_DIR?: string | undefined;
  readonly KEY_STORE_URL?: string | undefined;
}

/** Opens database and vault as the settings say. */
export async function openStore(settings: StoreSettings): Promise<Store & { close(): Promise<void> }> {
  const keyStore = openKeyStore(settings);
  const keyEncryption = await LocalKeyEncryption.fromFile(settings.KEY_ENCRYPTION_KEY_FILE);
  const vault = new Vault(keyEncryption, keyStore, await readKeyFile(settings.NAME_HASH_KEY_FILE));
  const db = openDatabase(settings.DATABASE_URL, settings.DATABASE_CONNECTIONS);
  return {
    db,
    vault,
    async close() {
      await db.$disconnect();
      await keyStore.close();
    },
  };
}

function openKeyStore(settings: StoreSettings): KeyStore {
  if (settings.KEY_STORE_URL) return new DatabaseKeyStore(settings.KEY_STORE_URL);
  if (settings.KEY_STORE_DIR) return new FolderKeyStore(settings.KEY_STORE_DIR);
  throw new Error('KEY_STORE_DIR or KEY_STORE_URL must say where the wrapped data keys are');
}
