import { KeyEncryptionError, KeyOutOfReachError, type KeyEncryption } from './key-encryption.js';
import type { KeyStore } from './key-store.js';

const pageSize = 500;
/** Sealed by the installation's first start, so that every later one can tell whether it still has the right key. */
const checkOwner = 'check-00000000-0000-0000-0000-000000000000';

/**
 * Finds out at the start, not at the first read, whether the key-encryption key still opens what it sealed.
 * @throws {KeyEncryptionError} with what it means and what to do
 */
export async function checkKeys(keyEncryption: KeyEncryption, keyStore: KeyStore): Promise<void> {
  const known = await keyStore.get(checkOwner);
  if (known) return opens(keyEncryption, known, checkOwner);
  // An installation from before there was such a mark is judged by any key that it has.
  const [owner] = await keyStore.owners({ after: null, limit: 1 });
  const wrapped = owner ? await keyStore.get(owner) : null;
  if (wrapped) await opens(keyEncryption, wrapped, owner!);
  // Some servers make a key that is asked to wrap and is not there: a mistyped name would go unnoticed.
  await keyEncryption.currentKey();
  await keyStore.put(checkOwner, await keyEncryption.wrap(Buffer.alloc(32), checkOwner));
}

async function opens(keyEncryption: KeyEncryption, wrapped: Buffer, owner: string): Promise<void> {
  try {
    await keyEncryption.unwrap(wrapped, owner);
  } catch (error) {
    if (!(error instanceof KeyEncryptionError) || error instanceof KeyOutOfReachError) throw error;
    throw new KeyEncryptionError(
      `${error.message}. What is stored was sealed with another key-encryption key than ${keyEncryption.place} has. ` +
        'Put the right one back from where you keep it; without it no client can be read, by nobody. Nothing was changed.',
    );
  }
}

/** How many data keys each key-encryption key has wrapped, and which one wraps now. */
export async function keyStatus(keyEncryption: KeyEncryption, keyStore: KeyStore): Promise<{ current: string; wrappedBy: Record<string, number> }> {
  const wrappedBy: Record<string, number> = {};
  for await (const { wrapped } of allKeys(keyStore)) {
    const key = await keyEncryption.keyOf(wrapped);
    wrappedBy[key] = (wrappedBy[key] ?? 0) + 1;
  }
  return { current: await keyEncryption.currentKey(), wrappedBy };
}

/**
 * Wraps every data key anew that an older key-encryption key has wrapped, while the system runs: the data keys stay the same,
 * so nothing is sealed again. Goes on where it stopped when it is called again; a key that is destroyed meanwhile stays so.
 */
export async function rewrapKeys(keyEncryption: KeyEncryption, keyStore: KeyStore, report: (done: number) => void = () => undefined): Promise<{ rewrapped: number }> {
  const current = await keyEncryption.currentKey();
  let rewrapped = 0;
  for await (const { owner, wrapped } of allKeys(keyStore)) {
    if ((await keyEncryption.keyOf(wrapped)) === current) continue;
    if (await keyStore.replace(owner, wrapped, await keyEncryption.rewrap(wrapped, owner))) rewrapped += 1;
    if (rewrapped > 0 && rewrapped % pageSize === 0) report(rewrapped);
  }
  return { rewrapped };
}

async function* allKeys(keyStore: KeyStore): AsyncGenerator<{ owner: string; wrapped: Buffer }> {
  let after: string | null = null;
  for (;;) {
    const owners = await keyStore.owners({ after, limit: pageSize });
    for (const owner of owners) {
      const wrapped = await keyStore.get(owner);
      if (wrapped) yield { owner, wrapped };
    }
    if (owners.length < pageSize) return;
    after = owners.at(-1)!;
  }
}
