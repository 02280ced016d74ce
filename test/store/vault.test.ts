import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatabaseKeyStore } from '../../store/vault/database-key-store.js';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { KeyEncryptionError } from '../../store/vault/key-encryption.js';
import type { KeyStore } from '../../store/vault/key-store.js';
import { LocalKeyEncryption, readKeyFile } from '../../store/vault/local-key-encryption.js';
import { KeyGoneError, SealBrokenError, Vault, type Owner, type Place } from '../../store/vault/vault.js';
import { startTestPostgres, type TestPostgres } from '../support/postgres.js';

let folder: string;
let postgres: TestPostgres;
let databaseKeys: DatabaseKeyStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-onboarder-vault-'));
  postgres = await startTestPostgres();
  databaseKeys = new DatabaseKeyStore(postgres.url);
});
afterAll(async () => {
  await databaseKeys.close();
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
});

const owner = (): Owner & { clientId: string } => ({ tenantId: randomUUID(), clientId: randomUUID() });
const place: Place = { table: 'Record', row: 'r1', field: 'content' };
const makeVault = (keyEncryption = LocalKeyEncryption.fromKey(randomBytes(32)), hashKey = randomBytes(32)) => new Vault(keyEncryption, new FolderKeyStore(folder), hashKey);

describe('a sealed value', () => {
  let vault: Vault;
  beforeAll(() => void (vault = makeVault()));

  it('opens where it was sealed, whatever it holds', async () => {
    const client = owner();
    await vault.createKey(client);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (plain) => {
        expect(new Uint8Array(await vault.open(client, place, await vault.seal(client, place, plain)))).toEqual(plain);
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect(await vault.openJson(client, place, await vault.sealJson(client, place, value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not open in another row, field, table, client or tenant', async () => {
    const [client, other] = [owner(), owner()];
    await vault.createKey(client);
    await vault.createKey(other);
    const sealed = await vault.seal(client, place, Buffer.from('secret'));
    const moves: [Owner, Place][] = [
      [client, { ...place, row: 'r2' }],
      [client, { ...place, field: 'response' }],
      [client, { ...place, table: 'Decision' }],
      [other, place],
      [{ ...client, tenantId: other.tenantId }, place],
    ];
    for (const [who, where] of moves) await expect(vault.open(who, where, sealed)).rejects.toThrow(SealBrokenError);
  });

  it('does not open when any one byte was changed, cut off or added', async () => {
    const client = owner();
    await vault.createKey(client);
    const sealed = await vault.seal(client, place, Buffer.from('a secret of some length'));
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at]! ^= 1;
      await expect(vault.open(client, place, changed), `byte ${at}`).rejects.toThrow(SealBrokenError);
      await expect(vault.open(client, place, sealed.subarray(0, at)), `first ${at} bytes`).rejects.toThrow(SealBrokenError);
    }
    await expect(vault.open(client, place, Buffer.concat([sealed, Buffer.from([0])]))).rejects.toThrow(SealBrokenError);
  });

  it('says nothing of what it holds in its error', async () => {
    const client = owner();
    await vault.createKey(client);
    const sealed = await vault.seal(client, place, Buffer.from('Xanadu-77'));
    const error = await vault.open(client, { ...place, row: 'r2' }, sealed).catch((caught: Error) => caught);
    expect(String(error)).toBe('SealBrokenError: A sealed value of Record does not open at its place');
  });

  it('is never sealed with one nonce twice, and equal values do not look equal', async () => {
    const client = owner();
    await vault.createKey(client);
    const sealed = await Promise.all(Array.from({ length: 5_000 }, () => vault.seal(client, place, Buffer.from('same'))));
    expect(new Set(sealed.map((one) => Buffer.from(one.subarray(1, 13)).toString('hex'))).size).toBe(5_000);
    expect(new Set(sealed.map((one) => Buffer.from(one.subarray(13)).toString('hex'))).size).toBe(5_000);
  });

  it('cannot be read after its key was destroyed, nor anything be sealed', async () => {
    const client = owner();
    await vault.createKey(client);
    const sealed = await vault.seal(client, place, Buffer.from('secret'));
    await vault.destroyKey(client);
    await expect(vault.open(client, place, sealed)).rejects.toThrow(KeyGoneError);
    await expect(vault.seal(client, place, Buffer.from('more'))).rejects.toThrow(KeyGoneError);
    await vault.destroyKey(client);
    await vault.createKey(client);
    await expect(vault.open(client, place, sealed), 'and no new key is made').rejects.toThrow(KeyGoneError);
  });

  it('cannot be read within seconds by another process that has its key in memory, and is not unwrapped anew for every look', async () => {
    const client = owner();
    const encryption = LocalKeyEncryption.fromKey(randomBytes(32));
    const unwrap = vi.spyOn(encryption, 'unwrap');
    const [one, other] = [makeVault(encryption), makeVault(encryption)];
    await one.createKey(client);
    const sealed = await other.seal(client, place, Buffer.from('secret'));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    try {
      expect((await other.open(client, place, sealed)).toString()).toBe('secret');
      expect(unwrap).toHaveBeenCalledOnce();
      await one.destroyKey(client);
      vi.setSystemTime(Date.now() + 6_000);
      await expect(other.open(client, place, sealed)).rejects.toThrow(KeyGoneError);
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves the memory of a process in which nobody asks for it, within seconds of its key\'s end elsewhere', async () => {
    const [client, kept] = [owner(), owner()];
    const encryption = LocalKeyEncryption.fromKey(randomBytes(32));
    const unwrap = vi.spyOn(encryption, 'unwrap');
    const [one, other] = [makeVault(encryption), makeVault(encryption)];
    const inMemory = () => (other as unknown as { cache: Map<string, unknown> }).cache.size;
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
    try {
      for (const who of [client, kept]) {
        await one.createKey(who);
        await other.seal(who, place, Buffer.from('secret'));
      }
      expect(inMemory()).toBe(2);
      await one.destroyKey(client);
      await vi.advanceTimersByTimeAsync(5_000);
      vi.useRealTimers();
      await vi.waitFor(() => expect(inMemory()).toBe(1), { timeout: 60_000 });
      await other.seal(kept, place, Buffer.from('more'));
      expect(unwrap, 'a key that goes on is not unwrapped anew').toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('cannot be read with another key-encryption key, nor with another owner’s wrapped key', async () => {
    const client = owner();
    const encryption = LocalKeyEncryption.fromKey(randomBytes(32));
    const first = makeVault(encryption);
    await first.createKey(client);
    const sealed = await first.seal(client, place, Buffer.from('secret'));
    await expect(makeVault().open(client, place, sealed)).rejects.toThrow(KeyEncryptionError);
    expect((await makeVault(encryption).open(client, place, sealed)).toString()).toBe('secret');
    const wrapped = await encryption.wrap(randomBytes(32), 'client-a');
    await expect(encryption.unwrap(wrapped, 'client-b')).rejects.toThrow(KeyEncryptionError);
    await expect(encryption.unwrap(Buffer.alloc(5), 'client-a')).rejects.toThrow(KeyEncryptionError);
  });

  it('keeps its first key when the key is made again', async () => {
    const client = owner();
    await vault.createKey(client);
    const sealed = await vault.seal(client, place, Buffer.from('secret'));
    await vault.createKey(client);
    expect((await vault.open(client, place, sealed)).toString()).toBe('secret');
  });
});

describe('a name hash', () => {
  it('is the same for other case, blanks and forms of a letter, and another in another scope or with another key', () => {
    const key = randomBytes(32);
    const vault = makeVault(undefined, key);
    for (const written of ['acme  GMBH', ' Acme GmbH ', 'Acme\u00a0GmbH', 'Ａcme GmbH']) expect(vault.nameHash('company|t', written)).toBe(vault.nameHash('company|t', 'Acme GmbH'));
    expect(vault.nameHash('company|t', 'Acme')).not.toBe(vault.nameHash('company|u', 'Acme'));
    expect(vault.nameHash('company|t', 'Acme')).not.toBe(vault.nameHash('company|t', 'Acme Inc'));
    expect(vault.nameHash('company|t', 'Acme')).not.toBe(makeVault().nameHash('company|t', 'Acme'));
    expect(vault.nameHash('company|t', 'Acme')).not.toContain('cme');
  });
});

describe.each([
  { kind: 'folder', open: (): KeyStore => new FolderKeyStore(folder) },
  { kind: 'database', open: (): KeyStore => databaseKeys },
])('a key store in a $kind', ({ open }) => {
  const name = () => `client-${randomUUID()}`;

  it('gives a key back, and nothing for an owner without one', async () => {
    const [keys, who] = [open(), name()];
    expect(await keys.get(who)).toBeNull();
    const wrapped = randomBytes(60);
    await keys.put(who, wrapped);
    expect(await keys.get(who)).toEqual(wrapped);
  });

  it('lets the first of many keys that are put at once win, for good', async () => {
    const who = name();
    const wrapped = Array.from({ length: 12 }, () => randomBytes(60));
    await open().put(who, wrapped[0]!);
    await Promise.all(wrapped.slice(1).map((one) => open().put(who, one)));
    expect(await open().get(who)).toEqual(wrapped[0]);

    const contested = name();
    const seen = new Set<string>();
    await Promise.all(
      wrapped.map(async (one) => {
        await open().put(contested, one);
        seen.add((await open().get(contested))!.toString('hex'));
      }),
    );
    expect(seen.size, 'nobody ever saw another key than the one that won').toBe(1);
  });

  it('destroys a key, also one that is not there', async () => {
    const [keys, who] = [open(), name()];
    await keys.put(who, randomBytes(60));
    await keys.destroy(who);
    expect(await keys.get(who)).toBeNull();
    await keys.destroy(who);
  });

  it('never gives a key to somebody whose key was destroyed, by a late first key or by a rotation', async () => {
    const [keys, who] = [open(), name()];
    const [first, other] = [randomBytes(60), randomBytes(60)];
    await keys.put(who, first);
    await keys.destroy(who);
    await keys.put(who, other);
    expect(await keys.get(who)).toBeNull();
    expect(await keys.replace(who, first, other)).toBe(false);
    expect(await keys.get(who)).toBeNull();
  });

  it('puts a key in the place of that very one only', async () => {
    const [keys, who] = [open(), name()];
    const [first, second, third] = [randomBytes(60), randomBytes(60), randomBytes(60)];
    await keys.put(who, first);
    expect(await keys.replace(who, second, third)).toBe(false);
    expect(await keys.replace(who, first, second)).toBe(true);
    expect(await keys.get(who)).toEqual(second);
  });

  it('keeps a key destroyed when it is rotated at the same moment', async () => {
    for (let round = 0; round < 30; round += 1) {
      const [keys, who, first] = [open(), name(), randomBytes(60)];
      await keys.put(who, first);
      await Promise.all([keys.replace(who, first, randomBytes(60)), keys.destroy(who)]);
      expect(await keys.get(who)).toBeNull();
      expect(await keys.owners({ after: who.slice(0, -1), limit: 1 })).not.toContain(who);
    }
  });

  it('remembers when a key was destroyed, also when it is destroyed again', async () => {
    const [keys, who] = [open(), name()];
    const began = Date.now();
    await keys.put(who, randomBytes(60));
    await keys.destroy(who);
    const [first] = await keys.destroyed({ after: who.slice(0, -1), limit: 1 });
    await keys.destroy(who);
    const [again] = await keys.destroyed({ after: who.slice(0, -1), limit: 1 });
    expect(first!.owner).toBe(who);
    expect(Math.abs(first!.at.getTime() - began)).toBeLessThan(60_000);
    expect(again).toEqual(first);
  });

  it('lists in portions who has a key and whose was destroyed', async () => {
    const keys = open();
    const all = [name(), name(), name(), name()].sort();
    for (const who of all) await keys.put(who, randomBytes(60));
    await keys.destroy(all[1]!);
    const seen = async (list: 'owners' | 'destroyed') => {
      const found: string[] = [];
      for (let after: string | null = null; ; after = found.at(-1)!) {
        const some = await keys[list]({ after, limit: 2 });
        found.push(...some.map((one) => (typeof one === 'string' ? one : one.owner)));
        if (some.length < 2) return found.filter((who) => all.includes(who));
      }
    };
    expect(await seen('owners')).toEqual([all[0], all[2], all[3]]);
    expect(await seen('destroyed')).toEqual([all[1]]);
  });
});

describe('a key folder', () => {
  it('lets only its owner read a key, and leaves no other file', async () => {
    const own = await mkdtemp(join(folder, 'own-'));
    const keys = new FolderKeyStore(join(own, 'keys'));
    const who = `client-${randomUUID()}`;
    await Promise.all([keys.put(who, randomBytes(60)), keys.put(who, randomBytes(60))]);
    expect(await readdir(join(own, 'keys'))).toEqual([`${who}.key`]);
    expect((await stat(join(own, 'keys', `${who}.key`))).mode & 0o777).toBe(0o600);
    expect((await stat(join(own, 'keys'))).mode & 0o777).toBe(0o700);
    await keys.destroy(who);
    expect(await readdir(join(own, 'keys')), 'the mark that it was destroyed').toEqual([`${who}.gone`]);
  });

  it('leaves no bytes of a wrapped key that a rotation has replaced', async () => {
    const own = await mkdtemp(join(folder, 'replaced-'));
    const [keys, who, first] = [new FolderKeyStore(own), `client-${randomUUID()}`, randomBytes(60)];
    await keys.put(who, first);
    // A second name of the file shows what becomes of its bytes.
    const seen = join(folder, `seen-${who}`);
    await link(join(own, `${who}.key`), seen);
    const second = randomBytes(60);
    expect(await keys.replace(who, first, second)).toBe(true);
    expect((await readFile(seen)).every((byte) => byte === 0)).toBe(true);
    expect(await keys.get(who)).toEqual(second);
    expect(await readdir(own)).toEqual([`${who}.key`]);
  });

  it('is rid of a key that lies beside the mark of its destruction, at the next tidying', async () => {
    const own = await mkdtemp(join(folder, 'beside-'));
    const [keys, who, kept] = [new FolderKeyStore(own), `client-${randomUUID()}`, `client-${randomUUID()}`];
    await keys.put(kept, randomBytes(60));
    await keys.put(who, randomBytes(60));
    await keys.destroy(who);
    // As a rotation leaves it that dies after it has put the new key in its place.
    const path = join(own, `${who}.key`);
    await writeFile(path, randomBytes(60).toString('base64'), { mode: 0o600 });
    const seen = join(folder, `seen-${who}`);
    await link(path, seen);
    expect(await keys.tidy(new Date(Date.now() - 3_600_000))).toBe(1);
    expect((await readdir(own)).sort()).toEqual([`${kept}.key`, `${who}.gone`].sort());
    expect((await readFile(seen)).every((byte) => byte === 0)).toBe(true);
  });

  it('refuses a name that leads out of it', async () => {
    const keys = new FolderKeyStore(folder);
    for (const bad of ['../x', 'client-../../etc', `client-${randomUUID()}/x`, '']) {
      await expect(keys.put(bad, randomBytes(60))).rejects.toThrow('Not the name of a key owner');
      await expect(keys.get(bad)).rejects.toThrow('Not the name of a key owner');
    }
  });

  it('holds no key as it is, only wrapped', async () => {
    const key = randomBytes(32);
    const who = `client-${randomUUID()}`;
    await new FolderKeyStore(folder).put(who, await LocalKeyEncryption.fromKey(randomBytes(32)).wrap(key, who));
    const bytes = Buffer.from(await readFile(join(folder, `${who}.key`), 'utf8'), 'base64');
    expect(bytes.includes(key)).toBe(false);
  });
});

describe('a key database', () => {
  it('has no bytes of a destroyed or replaced key in its file after it was tidied, and keeps all others', async () => {
    const [gone, turned, kept] = [`client-${randomUUID()}`, `client-${randomUUID()}`, `client-${randomUUID()}`];
    const [goneKey, oldKey, newKey, keptKey] = [randomBytes(60), randomBytes(60), randomBytes(60), randomBytes(60)];
    await databaseKeys.put(gone, goneKey);
    await databaseKeys.put(turned, oldKey);
    await databaseKeys.put(kept, keptKey);
    await databaseKeys.destroy(gone);
    await databaseKeys.replace(turned, oldKey, newKey);

    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const inFile = async () => {
      await client.query('CHECKPOINT');
      const { rows } = await client.query<{ bytes: Buffer }>("SELECT pg_read_binary_file(pg_relation_filepath('wrapped_key')) AS bytes");
      return [goneKey, oldKey, newKey, keptKey].map((key) => rows[0]!.bytes.includes(key));
    };
    try {
      expect(await inFile(), 'a statement alone removes no bytes').toEqual([true, true, true, true]);
      await databaseKeys.tidy();
      expect(await inFile()).toEqual([false, false, true, true]);
      expect(await databaseKeys.get(kept)).toEqual(keptKey);

      // A change that comes later is seen too.
      await databaseKeys.destroy(kept);
      await databaseKeys.tidy();
      expect(await inFile()).toEqual([false, false, true, false]);
    } finally {
      await client.end();
    }
  });
});

describe('a key file', () => {
  it('holds 32 bytes as base64 or hex; anything else is refused without its content', async () => {
    const key = randomBytes(32);
    const path = join(folder, 'file.key');
    for (const text of [key.toString('hex'), `${key.toString('base64')}\n`]) {
      await writeFile(path, text);
      expect(await readKeyFile(path)).toEqual(key);
    }
    await writeFile(path, 'too-short-secret');
    const error = await readKeyFile(path).catch((caught: Error) => caught);
    expect(error).toBeInstanceOf(KeyEncryptionError);
    expect(String(error)).not.toContain('too-short-secret');
    expect(() => LocalKeyEncryption.fromKey(randomBytes(16))).toThrow(KeyEncryptionError);
  });
});
