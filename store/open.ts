import { readFile } from 'node:fs/promises';
import { openDatabase, type Store } from './context.js';
import type { ObjectStorage } from './files/object-storage.js';
import { DatabaseKeyStore } from './vault/database-key-store.js';
import { FolderKeyStore } from './vault/folder-key-store.js';
import { KeyEncryptionError, type KeyEncryption } from './vault/key-encryption.js';
import type { KeyStore } from './vault/key-store.js';
import { LocalKeyEncryption, readKeyFile } from './vault/local-key-encryption.js';
import { checkKeys } from './vault/rotation.js';
import { refuseOpenFiles } from './vault/secret-file.js';
import { TransitKeyEncryption } from './vault/transit-key-encryption.js';
import { Vault } from './vault/vault.js';

/** The settings that say where data and keys are. */
export interface StoreSettings extends KeySettings, FileSettings {
  readonly DATABASE_URL: string;
  readonly DATABASE_CONNECTIONS: number;
  readonly NAME_HASH_KEY_FILE: string;
  readonly KEY_BACKUP_DAYS?: number | undefined;
}

/** The settings that say where the bytes of attachments go: into the database, unless a bucket is named. */
export interface FileSettings {
  readonly FILES_S3_BUCKET?: string | undefined;
  readonly FILES_S3_REGION?: string | undefined;
  readonly FILES_S3_ENDPOINT?: string | undefined;
  readonly FILES_S3_ACCESS_KEY_ID?: string | undefined;
  readonly FILES_S3_SECRET_KEY_FILE?: string | undefined;
}

/** The settings that say who wraps the data keys and where they are kept. */
export interface KeySettings {
  readonly KEY_ENCRYPTION_KEY_FILE?: string | undefined;
  readonly KEY_TRANSIT_URL?: string | undefined;
  readonly KEY_TRANSIT_MOUNT?: string | undefined;
  readonly KEY_TRANSIT_KEY?: string | undefined;
  readonly KEY_TRANSIT_TOKEN_FILE?: string | undefined;
  readonly KEY_TRANSIT_NAMESPACE?: string | undefined;
  readonly KEY_STORE_DIR?: string | undefined;
  readonly KEY_STORE_URL?: string | undefined;
}

/** Opens database and vault as the settings say. @throws {KeyEncryptionError} when the key-encryption key is not the right one */
export async function openStore(settings: StoreSettings): Promise<Store & { close(): Promise<void> }> {
  await refuseOpenFiles(settings.NAME_HASH_KEY_FILE, settings.FILES_S3_SECRET_KEY_FILE);
  const { keyEncryption, keyStore } = await openKeys(settings);
  const db = openDatabase(settings.DATABASE_URL, settings.DATABASE_CONNECTIONS);
  await refuseEmptyKeyStore(db, keyStore, settings.KEY_STORE_DIR ?? 'KEY_STORE_URL');
  await checkKeys(keyEncryption, keyStore);
  const vault = new Vault(keyEncryption, keyStore, await readKeyFile(settings.NAME_HASH_KEY_FILE));
  const objects = await openObjectStorage(settings);
  return {
    db,
    vault,
    objects,
    keyBackupDays: settings.KEY_BACKUP_DAYS,
    async close() {
      await db.$disconnect();
      await keyStore.close();
    },
  };
}

/**
 * A key store that is lost, or a setting that names another one, would look as if every client had been removed, and new keys would
 * go to the wrong place: it is noticed at the start. A database that is away is asked at the next one.
 */
async function refuseEmptyKeyStore(db: Store['db'], keyStore: KeyStore, place: string): Promise<void> {
  const hasTenantKey = async () => (await keyStore.owners({ after: 'tenant-', limit: 1 })).length > 0;
  if (await hasTenantKey()) return;
  const tenant = await db.tenant.findFirst({ select: { id: true } }).catch(() => null);
  // The first tenant may have been made just now: its key comes before its row.
  if (!tenant || (await hasTenantKey())) return;
  throw new KeyEncryptionError(
    `The key store ${place} holds no key of a tenant, but the database has tenants. Either the setting names another place, or the key store is lost: put it back from its backup. ` +
      'Without it no client can be read, by nobody. Nothing was changed.',
  );
}

async function openObjectStorage(settings: FileSettings): Promise<ObjectStorage | undefined> {
  const { FILES_S3_BUCKET: bucket, FILES_S3_REGION: region = 'us-east-1', FILES_S3_ENDPOINT: endpoint, FILES_S3_ACCESS_KEY_ID: accessKeyId, FILES_S3_SECRET_KEY_FILE: secretFile } = settings;
  if (!bucket) return undefined;
  if (Boolean(accessKeyId) !== Boolean(secretFile)) throw new Error('FILES_S3_ACCESS_KEY_ID and FILES_S3_SECRET_KEY_FILE belong together: set both, or none to use the credentials of the machine');
  // Loaded only where it is used: the SDK is large.
  const { S3ObjectStorage } = await import('./files/s3-storage.js');
  const credentials = accessKeyId && secretFile ? { accessKeyId, secretAccessKey: (await readFile(secretFile, 'utf8')).trim() } : undefined;
  return new S3ObjectStorage({ bucket, region, endpoint, credentials });
}

/** Opens what wraps the data keys and where they are kept. @throws {KeyEncryptionError} */
export async function openKeys(settings: KeySettings): Promise<{ keyEncryption: KeyEncryption; keyStore: KeyStore }> {
  return { keyEncryption: await openKeyEncryption(settings), keyStore: openKeyStore(settings) };
}

async function openKeyEncryption(settings: KeySettings): Promise<KeyEncryption> {
  const { KEY_TRANSIT_URL: url, KEY_TRANSIT_TOKEN_FILE: tokenFile, KEY_TRANSIT_MOUNT: mount = 'transit', KEY_TRANSIT_KEY: key = 'client-onboarder' } = settings;
  await refuseOpenFiles(url ? tokenFile : settings.KEY_ENCRYPTION_KEY_FILE);
  if (url && tokenFile) return new TransitKeyEncryption({ url, tokenFile, mount, key, namespace: settings.KEY_TRANSIT_NAMESPACE });
  if (url) throw new Error('KEY_TRANSIT_TOKEN_FILE must say where the token for KEY_TRANSIT_URL is');
  if (settings.KEY_ENCRYPTION_KEY_FILE) return LocalKeyEncryption.fromFile(settings.KEY_ENCRYPTION_KEY_FILE);
  throw new Error('KEY_ENCRYPTION_KEY_FILE or KEY_TRANSIT_URL must say who wraps the data keys');
}

function openKeyStore(settings: KeySettings): KeyStore {
  if (settings.KEY_STORE_URL) return new DatabaseKeyStore(settings.KEY_STORE_URL);
  if (settings.KEY_STORE_DIR) return new FolderKeyStore(settings.KEY_STORE_DIR);
  throw new Error('KEY_STORE_DIR or KEY_STORE_URL must say where the wrapped data keys are');
}
