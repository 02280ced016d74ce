import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { KeyEncryptionError } from '../../store/vault/key-encryption.js';
import { LocalKeyEncryption } from '../../store/vault/local-key-encryption.js';
import { checkKeys, keyStatus, rewrapKeys } from '../../store/vault/rotation.js';
import { TransitKeyEncryption } from '../../store/vault/transit-key-encryption.js';
import { KeyGoneError, Vault, type Place } from '../../store/vault/vault.js';
import { startTransit, type TransitStandIn } from '../support/transit.js';

let folder: string;
let transit: TransitStandIn;
beforeAll(async () => {
  transit = await startTransit();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-onboarder-rotation-'));
});
afterAll(async () => {
  await transit.close();
});

const place: Place = { table: 'Record', row: 'r1', field: 'content' };
const client = () => ({ tenantId: randomUUID(), clientId: randomUUID() });
const keyLine = () => randomBytes(32).toString('base64');
const nameHashKey = randomBytes(32);

/** As `npm run keys -- rotate` does it: processes see the old file or the new one. */
async function writeKeys(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(`${path}.part`, `${lines.join('\n')}\n`);
  await rename(`${path}.part`, path);
}

describe('a rotation of the key file', () => {
  it('wraps every data key anew while running processes go on reading and sealing', async () => {
    const [path, first, second] = [join(folder, 'kek'), keyLine(), keyLine()];
    await writeKeys(path, [first]);
    const keyStore = new FolderKeyStore(join(folder, 'keys'));
    const running = new Vault(await LocalKeyEncryption.fromFile(path), keyStore, nameHashKey);
    const [old, purged] = [client(), client()];
    await running.createKey(old);
    await running.createKey(purged);
    const sealed = await running.seal(old, place, Buffer.from('secret'));
    await running.destroyKey(purged);

    await writeKeys(path, [second, first]);
    const rotating = await LocalKeyEncryption.fromFile(path);
    const young = client();
    await running.createKey(young);
    expect(await rewrapKeys(rotating, keyStore), 'the process that ran all the time wraps with the new key already').toEqual({ rewrapped: 1 });
    const { current, wrappedBy } = await keyStatus(rotating, keyStore);
    expect(wrappedBy).toEqual({ [current]: 2 });
    expect(await rewrapKeys(rotating, keyStore)).toEqual({ rewrapped: 0 });

    await writeKeys(path, [second]);
    const later = new Vault(await LocalKeyEncryption.fromFile(path), keyStore, nameHashKey);
    expect((await later.open(old, place, sealed)).toString()).toBe('secret');
    expect((await running.open(old, place, sealed)).toString()).toBe('secret');
    await expect(later.seal(purged, place, Buffer.from('x'))).rejects.toThrow(KeyGoneError);
    await expect(new Vault(LocalKeyEncryption.fromKey(Buffer.from(first, 'base64')), keyStore, nameHashKey).open(old, place, sealed), 'the old key opens nothing any more').rejects.toThrow(KeyEncryptionError);
    await rm(folder, { recursive: true });
  });

  it('opens what the first release wrapped, which did not name its key', async () => {
    const [path, key] = [join(folder, 'kek'), randomBytes(32)];
    const dataKey = randomBytes(32);
    const named = await LocalKeyEncryption.fromKey(key).wrap(dataKey, 'client-a');
    await writeKeys(path, [keyLine(), key.toString('base64')]);
    const ring = await LocalKeyEncryption.fromFile(path);
    const unnamed = named.subarray(5);
    expect(await ring.unwrap(unnamed, 'client-a')).toEqual(dataKey);
    expect(await ring.keyOf(unnamed)).toBe('first');
    const anew = await ring.rewrap(unnamed, 'client-a');
    expect(await ring.keyOf(anew)).toBe(await ring.currentKey());
    expect(await ring.unwrap(anew, 'client-a')).toEqual(dataKey);
  });
});

describe('a start with the wrong key-encryption key', () => {
  it('is refused with what it means, before anything is read; the right one passes', async () => {
    const keyStore = new FolderKeyStore(join(folder, 'keys'));
    const right = LocalKeyEncryption.fromKey(randomBytes(32));
    await checkKeys(right, keyStore);
    await checkKeys(right, keyStore);
    const wrong = checkKeys(LocalKeyEncryption.fromKey(randomBytes(32)), keyStore);
    await expect(wrong).rejects.toThrow(KeyEncryptionError);
    await expect(wrong).rejects.toThrow(/Put the right one back.*Nothing was changed/);
  });

  it('is refused in a store from before there was a mark, too', async () => {
    const keyStore = new FolderKeyStore(join(folder, 'keys'));
    const right = LocalKeyEncryption.fromKey(randomBytes(32));
    await new Vault(right, keyStore, nameHashKey).createKey(client());
    await expect(checkKeys(LocalKeyEncryption.fromKey(randomBytes(32)), keyStore)).rejects.toThrow(KeyEncryptionError);
    await checkKeys(right, keyStore);
  });
});

// A stand-in, for faults of a server that come at no wish and for runs without one. What a real one does: test/servers/vault.test.ts.
describe('a Vault-compatible transit engine (a stand-in of its protocol)', () => {
  const open = async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, `${transit.token}\n`);
    return new TransitKeyEncryption({ url: transit.url, mount: 'transit', key: 'client-onboarder', tokenFile });
  };

  it('wraps and opens data keys for their owner only, and rotates', async () => {
    const encryption = await open();
    const keyStore = new FolderKeyStore(join(folder, 'keys'));
    await checkKeys(encryption, keyStore);
    const vault = new Vault(encryption, keyStore, nameHashKey);
    const who = client();
    await vault.createKey(who);
    const sealed = await vault.seal(who, place, Buffer.from('secret'));
    const before = await keyStatus(encryption, keyStore);
    transit.rotate();
    expect((await rewrapKeys(encryption, keyStore)).rewrapped).toBe(2);
    const after = await keyStatus(encryption, keyStore);
    expect(after.current).not.toBe(before.current);
    expect(after.wrappedBy).toEqual({ [after.current]: 2 });
    expect((await new Vault(encryption, keyStore, nameHashKey).open(who, place, sealed)).toString()).toBe('secret');
    const wrapped = await encryption.wrap(randomBytes(32), 'client-a');
    await expect(encryption.unwrap(wrapped, 'client-b')).rejects.toThrow('wrapped by another key or for another owner');
  });

  it('survives one failed answer, takes a renewed token, and says without the token why it cannot', async () => {
    const encryption = await open();
    transit.failNext(2);
    expect(await encryption.currentKey()).toMatch(/^v\d+$/);
    transit.changeToken('renewed-token-0000');
    await expect(encryption.currentKey()).rejects.toThrow(/refuses the token in /);
    await expect(encryption.currentKey()).rejects.not.toThrow('renewed-token-0000');
    await writeFile(join(folder, 'token'), transit.token);
    expect(await encryption.currentKey()).toMatch(/^v\d+$/);
    const nobody = new TransitKeyEncryption({ url: 'http://127.0.0.1:9', mount: 'transit', key: 'k', tokenFile: join(folder, 'token') });
    await expect(nobody.currentKey()).rejects.toThrow('did not answer');
    await expect(new TransitKeyEncryption({ url: transit.url, mount: 'transit', key: 'no-such', tokenFile: join(folder, 'token') }).currentKey()).rejects.toThrow('does not exist there');
  });
});
