/** `npm run keys`: who wraps the data keys, and their rotation while the system runs. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keyVariables } from '../settings/variables.js';
import { keyStatus, openKeys, readKeyRing, rewrapKeys, type KeyEncryption, type KeyStore } from '../store/index.js';
import { commandSettings } from './command-settings.js';

const USAGE = `Usage: npm run keys -- COMMAND [--data FOLDER]
  status    who wrapped how many data keys
  rotate    put a new key at the head of the key file, then wrap every data key with it
  rewrap    only wrap anew what an older key has wrapped (after you rotated the key yourself, or a rotation was stopped)
  drop-old  take keys out of the key file that wrap nothing any more`;

/** How old a rotation must be before old keys go: every process has seen the new file by then. */
const settleMs = 60_000;

interface Keys {
  readonly keyEncryption: KeyEncryption;
  readonly keyStore: KeyStore;
  /** Undefined when another server keeps the key. */
  readonly file: string | undefined;
}

const commands: Readonly<Record<string, (keys: Keys) => Promise<void>>> = {
  status: showStatus,
  rotate: async (keys) => {
    if (keys.file === undefined) throw new Error(`Rotate ${keys.keyEncryption.place} there (vault write -f transit/keys/NAME/rotate), then run: npm run keys -- rewrap`);
    const lines = readFileSync(keys.file, 'utf8').trim();
    replaceFile(keys.file, `${randomBytes(32).toString('base64')}\n${lines}\n`);
    console.log(`A new key is at the head of ${keys.file}. Keep a copy where you keep the old one.`);
    await rewrap(keys);
    await showStatus(keys);
  },
  rewrap: async (keys) => {
    await rewrap(keys);
    await showStatus(keys);
  },
  'drop-old': dropOld,
};

async function showStatus({ keyEncryption, keyStore }: Keys): Promise<void> {
  const { current, wrappedBy } = await keyStatus(keyEncryption, keyStore);
  console.log(`${keyEncryption.place} wraps with key ${current}.`);
  for (const [key, count] of Object.entries(wrappedBy)) console.log(`  ${key}${key === current ? ' (now)' : ' (older)'}: ${count} data keys`);
}

async function rewrap({ keyEncryption, keyStore }: Keys): Promise<void> {
  const { rewrapped } = await rewrapKeys(keyEncryption, keyStore, (done) => console.log(`${done} data keys wrapped anew ...`));
  console.log(rewrapped === 0 ? 'Every data key is wrapped with the newest key.' : `${rewrapped} data keys are wrapped with the newest key now. Nothing was sealed again and nothing stood still.`);
}

async function dropOld(keys: Keys): Promise<void> {
  if (keys.file === undefined) throw new Error('Old versions of a transit key are taken away on its own server (min_decryption_version).');
  const age = Date.now() - statSync(keys.file).mtimeMs;
  if (age < settleMs) throw new Error(`${keys.file} was changed ${Math.round(age / 1_000)} s ago; wait until every process has seen it (${settleMs / 1_000} s). Nothing was changed.`);
  const { current, wrappedBy } = await keyStatus(keys.keyEncryption, keys.keyStore);
  const older = Object.keys(wrappedBy).filter((key) => key !== current);
  if (older.length > 0) throw new Error(`Older keys still wrap data keys (${older.join(', ')}); run npm run keys -- rewrap first. Nothing was changed.`);
  const ring = await readKeyRing(keys.file);
  replaceFile(keys.file, `${ring[0]!.toString('base64')}\n`);
  console.log(`${ring.length - 1} old keys were taken out of ${keys.file}. Backups of the wrapped keys from before the rotation still need them.`);
}

/** Another process reads the old file or the new one, never half of it. */
function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.part`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.part`, path);
}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' }, help: { type: 'boolean', default: false } } });
  const command = commands[positionals[0] ?? ''];
  if (values.help || !command || positionals.length !== 1) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 1;
  } else {
    const settings = commandSettings(keyVariables, values.data);
    const keys = await openKeys(settings);
    try {
      await command({ ...keys, file: settings.KEY_TRANSIT_URL ? undefined : settings.KEY_ENCRYPTION_KEY_FILE });
    } finally {
      await keys.keyStore.close();
    }
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
