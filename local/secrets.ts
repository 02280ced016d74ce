/** The secrets of an embedded stack: made at the first start, readable by this user only, never replaced. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './stack-error.js';

const key = () => randomBytes(32).toString('base64');

/** File name of each secret, and how a new one is made. */
const recipes = {
  'key-encryption-key': key,
  'name-hash-key': key,
  'payload-key': key,
  // The form of real IT Glue keys; the stand-in compares it as text.
  'it-glue-api-key': () => `ITG.${randomBytes(24).toString('hex')}`,
  'audit-signing-key': () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
  'postgres-password': () => randomBytes(24).toString('base64url'),
} as const;

/** The workers' key pair. Who has the public half seals; only workers get the private one. */
const pairNames = ['it-glue-private-key', 'it-glue-public-key'] as const;

export type SecretName = keyof typeof recipes | (typeof pairNames)[number];

/** Came with a later release, and open nothing that is stored: a folder of an older release gets them, and a lost one is made anew. */
const replaceable: ReadonlySet<SecretName> = new Set(['audit-signing-key']);

/** Paths of the secret files. */
export type Secrets = Readonly<Record<SecretName, string>>;

/**
 * Makes the missing secrets in `folder` (mode 0700, files 0600) and gives the paths of all.
 *
 * @param hasData whether there already is data that was sealed with these secrets: then a missing one is an error,
 * because a new one could not open that data.
 * @throws StackError
 */
export function ensureSecrets(folder: string, hasData: boolean): Secrets {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const names = Object.keys(recipes) as (keyof typeof recipes)[];
  for (const name of names) {
    const path = join(folder, name);
    if (isThere(path)) continue;
    if (hasData && !replaceable.has(name)) throw missing(path);
    writeWhole(path, recipes[name]());
  }
  ensurePair(folder);
  return Object.fromEntries([...names, ...pairNames].map((name) => [name, join(folder, name)])) as Secrets;
}

/** Nothing was ever sealed to a pair whose public half is not there: that one is written last. */
function ensurePair(folder: string): void {
  const [secret, open] = pairNames.map((name) => join(folder, name)) as [string, string];
  if (!isThere(secret)) {
    if (existsSync(open)) throw missing(secret);
    writeWhole(secret, generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim());
  }
  if (!isThere(open)) writeWhole(open, createPublicKey(readFileSync(secret)).export({ type: 'spki', format: 'pem' }).toString().trim());
}

function isThere(path: string): boolean {
  if (!existsSync(path)) return false;
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  if (readFileSync(path).length === 0) throw new StackError(`The secret ${path} is empty; put it back from a backup. Nothing was changed.`);
  return true;
}

function missing(path: string): StackError {
  return new StackError(`The secret ${path} is missing, and the data in this folder cannot be read without it; put it back from a backup. Nothing was changed.`);
}

export function readSecret(secrets: Secrets, name: SecretName): string {
  return readFileSync(secrets[name], 'utf8').trim();
}

/** A process that dies half-way must not leave a half-written key: the file appears with its content or not at all. */
function writeWhole(path: string, secret: string): void {
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, `${secret}\n`, { mode: 0o600, flush: true });
  linkSync(part, path);
  rmSync(part);
}
