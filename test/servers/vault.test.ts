/** Data keys wrapped by HashiCorp Vault's own transit engine, from what a person sees who runs the product with it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../local/ports.js';
import { runToEnd } from '../../local/run-to-end.js';
import { keyStatus, openKeys, openStore, rewrapKeys } from '../../store/index.js';
import { checkKeys } from '../../store/vault/rotation.js';
import { Vault, type Place } from '../../store/vault/vault.js';
import { plainEnvironment } from './processes.js';
import { keyName, startVault, type VaultServer } from './vault.js';

const root = new URL('../../', import.meta.url).pathname;
const place: Place = { table: 'Record', row: 'r1', field: 'content' };
const secret = Buffer.from('secret of a client');
const nameHashKey = randomBytes(32);
const client = () => ({ tenantId: randomUUID(), clientId: randomUUID() });

let server: VaultServer;
let folder: string;
let tokenFile: string;
beforeAll(async () => {
  server = await startVault();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-onboarder-vault-'));
  tokenFile = join(folder, 'token');
});
afterEach(() => rm(folder, { recursive: true }));
afterAll(() => server?.close());

/** An installation of its own: an empty key store, and a token of its own with all rights unless told otherwise. */
async function install(given: { token?: string; url?: string; key?: string } = {}) {
  const token = given.token ?? (await server.token());
  await writeFile(tokenFile, `${token}\n`, { mode: 0o600 });
  const settings = { KEY_TRANSIT_URL: given.url ?? server.url, KEY_TRANSIT_KEY: given.key ?? keyName, KEY_TRANSIT_TOKEN_FILE: tokenFile, KEY_STORE_DIR: join(folder, 'keys') };
  const { keyEncryption, keyStore } = await openKeys(settings);
  const open = () => new Vault(keyEncryption, keyStore, nameHashKey);
  return { token, settings, keyEncryption, keyStore, open };
}
type Installation = Awaited<ReturnType<typeof install>>;

/** An installation that has started, with one client and a value that is sealed for it. */
async function installWithClient() {
  const installation = await install();
  const { keyEncryption, keyStore, open } = installation;
  await checkKeys(keyEncryption, keyStore);
  const who = client();
  await open().createKey(who);
  return { installation, who, sealed: await open().seal(who, place, secret) };
}

/** `npm run keys`, as a process of its own. */
async function keysCommand({ settings }: Installation, command: string): Promise<{ code: number | null; output: string }> {
  // The command reads nothing there; it wants to be told which installation is meant.
  const env = { ...plainEnvironment(), ...settings, DATABASE_URL: 'postgresql://127.0.0.1:9/none' };
  return runToEnd(process.execPath, [join(root, 'local/run.mjs'), 'local/keys.ts', command], { env, cwd: root, deadlineMs: 120_000 });
}

/** What API and worker do first: they end with this message. */
async function startFails({ settings }: Installation): Promise<string> {
  const nameHashKeyFile = join(folder, 'name-hash-key');
  await writeFile(nameHashKeyFile, nameHashKey.toString('base64'), { mode: 0o600 });
  const started = openStore({ ...settings, DATABASE_URL: 'postgresql://127.0.0.1:9/none', DATABASE_CONNECTIONS: 1, NAME_HASH_KEY_FILE: nameHashKeyFile });
  return started.then(
    async (store) => {
      await store.close();
      throw new Error('It starts');
    },
    (error: Error) => error.message,
  );
}

describe('data keys wrapped by a Vault server', () => {
  it('open for the client that they were made for, and for no other', async () => {
    const installation = await install();
    const { keyEncryption, keyStore, open } = installation;
    await checkKeys(keyEncryption, keyStore);
    const [mine, other] = [client(), client()];
    for (const who of [mine, other]) await open().createKey(who);
    const sealed = await open().seal(mine, place, secret);
    expect(await open().open(mine, place, sealed)).toEqual(secret);

    const owners = await keyStore.owners({ after: null, limit: 10 });
    const [mineName, otherName] = [mine, other].map(({ clientId }) => owners.find((owner) => owner.includes(clientId))!) as [string, string];
    const wrapped = (await keyStore.get(mineName))!;
    expect(wrapped.toString()).toMatch(/^vault:v\d+:/);
    await expect(keyEncryption.unwrap(wrapped, otherName)).rejects.toThrow('wrapped by another key or for another owner');
    await expect(keyEncryption.rewrap(wrapped, otherName)).rejects.toThrow('wrapped by another key or for another owner');
  });

  it('are wrapped anew after a rotation there, while the system reads and seals', async () => {
    const installation = await install();
    const { keyEncryption, keyStore, open } = installation;
    await checkKeys(keyEncryption, keyStore);
    const running = open();
    const clients = Array.from({ length: 30 }, client);
    for (const who of clients) await running.createKey(who);
    const sealed = await Promise.all(clients.map((who) => running.seal(who, place, secret)));
    const before = await keyStatus(keyEncryption, keyStore);
    expect(before.wrappedBy).toEqual({ [before.current]: clients.length + 1 });

    await server.rotate();
    const young = client();
    let isDone = false;
    const work = async () => {
      let rounds = 0;
      await running.createKey(young);
      do {
        for (const [index, who] of clients.entries()) {
          // A process that has just started knows no key yet: it asks the server for each.
          expect(await open().open(who, place, sealed[index]!)).toEqual(secret);
          await running.open(who, place, await running.seal(who, place, secret));
        }
        rounds += 1;
      } while (!isDone);
      return rounds;
    };
    const worked = work();
    const rewrapped = await keysCommand(installation, 'rewrap').finally(() => (isDone = true));
    expect(await worked).toBeGreaterThan(0);
    expect(rewrapped).toMatchObject({ code: 0, output: expect.stringContaining(`${clients.length + 1} data keys are wrapped with the newest key now.`) });
    const after = await keyStatus(keyEncryption, keyStore);
    expect(after.current).not.toBe(before.current);
    expect(after.wrappedBy).toEqual({ [after.current]: clients.length + 2 });
    expect(await rewrapKeys(keyEncryption, keyStore)).toEqual({ rewrapped: 0 });

    await server.setOldest(Number(after.current.slice(1)));
    for (const [index, who] of clients.entries()) expect(await open().open(who, place, sealed[index]!), 'the old version is needed no more').toEqual(secret);
  });

  it('say what to do when their version was forbidden too early, and open again when that was done', async () => {
    const { installation, who, sealed } = await installWithClient();
    const { keyEncryption, keyStore, open, token } = installation;
    const { current } = await keyStatus(keyEncryption, keyStore);
    const version = Number(current.slice(1));
    await server.rotate();
    await server.setOldest(version + 1);

    const told = /is told not to open what its older versions wrapped \(min_decryption_version\)[^]*Lower it again there, run npm run keys -- rewrap/;
    await expect(open().open(who, place, sealed)).rejects.toThrow(told);
    const message = await startFails(installation);
    expect(message).toMatch(told);
    expect(message, 'nothing is lost').not.toContain('no client can be read');
    const refused = await keysCommand(installation, 'rewrap');
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(told) });
    expect(refused.output).not.toContain(token);

    await server.setOldest(version);
    expect(await keysCommand(installation, 'rewrap')).toMatchObject({ code: 0, output: expect.stringContaining('2 data keys are wrapped with the newest key now.') });
    await server.setOldest(version + 1);
    expect(await open().open(who, place, sealed)).toEqual(secret);
  });
});

describe('a start with a Vault server', () => {
  it.each([
    { what: 'an unknown token', token: async () => 'hvs.unknown-token-0000', says: 'refuses the token in' },
    { what: 'a token that has run out', token: () => server.expiredToken(), says: 'it is not known there, has run out, or lacks the right' },
    { what: 'a token that may not wrap', token: () => server.token(['decrypt', 'read']), says: `lacks the right "update" on transit/encrypt/${keyName}` },
    { what: 'a token that may not read the key', token: () => server.token(['encrypt', 'decrypt']), says: `lacks the right "read" on transit/keys/${keyName}` },
    { what: 'no token in the file', token: async () => '', says: 'must hold the token for the transit key' },
  ])('with $what is refused with the reason and without the token', async ({ token, says }) => {
    const installation = await install({ token: await token() });
    const message = await startFails(installation);
    expect(message).toContain(says);
    expect(message).toContain(tokenFile);
    if (installation.token !== '') expect(message).not.toContain(installation.token);
    expect(await installation.keyStore.owners({ after: null, limit: 1 }), 'nothing was written').toEqual([]);
  });

  it('takes a token that was renewed in its file without a new start', async () => {
    const installation = await install();
    const { keyEncryption, keyStore, token } = installation;
    await checkKeys(keyEncryption, keyStore);
    await server.revoke(token);
    await expect(checkKeys(keyEncryption, keyStore)).rejects.toThrow('refuses the token');
    await writeFile(tokenFile, await server.token());
    await checkKeys(keyEncryption, keyStore);
  });

  it('that is sealed waits for nobody and says so; once unsealed it starts, and what was sealed before opens', async () => {
    const { installation, who, sealed } = await installWithClient();
    const { keyEncryption, keyStore, open, token } = installation;
    await server.seal();
    try {
      const message = await startFails(installation);
      expect(message).toContain('the server is sealed. Data cannot be opened until somebody unseals it.');
      expect(message, 'nothing is lost').not.toContain('no client can be read');
      expect(message).not.toContain(token);
    } finally {
      await server.unseal();
    }
    await checkKeys(keyEncryption, keyStore);
    expect(await open().open(who, place, sealed)).toEqual(secret);
  });

  it('that is not there says which one did not answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const installation = await install({ url });
    const message = await startFails(installation);
    expect(message).toBe(`the transit key "${keyName}" at ${url} did not answer. Data cannot be opened until it does.`);
  });

  it.each([
    { what: 'a key that does not exist there', key: 'mistyped', type: null, says: 'does not exist there' },
    { what: 'a key for signatures', key: 'for-signatures', type: { type: 'rsa-2048' }, says: 'must be of the type aes256-gcm96, without derivation' },
    { what: 'a key that wants a context', key: 'derived', type: { type: 'aes256-gcm96', derived: true }, says: 'must be of the type aes256-gcm96, without derivation' },
  ])('with $what is refused with the reason', async ({ key, type, says }) => {
    if (type) await server.makeKey(key, type);
    expect(await startFails(await install({ key }))).toContain(says);
  });
});
