import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { LocalKeyEncryption } from '../../store/vault/local-key-encryption.js';
import { whoseOneTime } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { newClient } from '../store/support.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-onboarder-commands-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command of `local/` as its npm script does. */
function run(name: string, args: readonly string[], env: Record<string, string>): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'local/run.mjs'), `local/${name}.ts`, ...args], { cwd: root, env: { ...process.env, ...env }, timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    );
  });
}

describe('npm run keys', () => {
  it('rotates the key file, says who wraps what, and takes the old key out when it is needed no more', async () => {
    const [file, store] = [join(folder, 'kek'), join(folder, 'keys')];
    const first = randomBytes(32);
    await writeFile(file, first.toString('base64'), { mode: 0o600 });
    await mkdir(store);
    const owner = `client-${crypto.randomUUID()}`;
    const dataKey = randomBytes(32);
    await new FolderKeyStore(store).put(owner, await LocalKeyEncryption.fromKey(first).wrap(dataKey, owner));
    const env = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', KEY_ENCRYPTION_KEY_FILE: file, KEY_STORE_DIR: store };

    const rotated = await run('keys', ['rotate'], env);
    expect(rotated).toMatchObject({ code: 0 });
    expect(rotated.output).toContain('1 data keys are wrapped with the newest key now');
    expect(await run('keys', ['drop-old'], env)).toMatchObject({ code: 1, output: expect.stringContaining('wait until every process has seen it') as string });
    const older = new Date(Date.now() - 120_000);
    await utimes(file, older, older);
    expect(await run('keys', ['drop-old'], env)).toMatchObject({ code: 0, output: expect.stringContaining('1 old keys were taken out') as string });

    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toBe(first.toString('base64'));
    const wrapped = await new FolderKeyStore(store).get(owner);
    expect(await (await LocalKeyEncryption.fromFile(file)).unwrap(wrapped!, owner)).toEqual(dataKey);
    expect(rotated.output, 'no key is ever shown').not.toContain(lines[0]);
  });
});

describe('npm run audit', () => {
  let test: TestStore;
  beforeAll(async () => {
    test = await openTestStore();
    await newClient(test, 'sales');
    await newClient(test, 'sales');
  });
  afterAll(() => test.close());

  it('passes a whole chain against a head that it signed, and fails with the place once an entry was changed', async () => {
    const [key, head, result] = [join(folder, 'audit-key'), join(folder, 'head.json'), join(folder, 'result.json')];
    await writeFile(key, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const env = { DATABASE_URL: test.databaseUrl, AUDIT_SIGNING_KEY_FILE: key };
    expect(await run('audit', ['head', '--out', head], env)).toMatchObject({ code: 0 });
    expect(await run('audit', ['verify', '--head', head], env)).toMatchObject({ code: 0, output: expect.stringContaining('whole, compared with 1 signed heads') as string });

    await test.store.db.auditEntry.updateMany({ where: { tenantId: test.tenants[0]!.id, sequence: 2 }, data: { action: 'nothing.happened' } });
    const broken = await run('audit', ['verify', '--json', result], env);
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining('at 2: the entry was changed after it was written') as string });
    expect(JSON.parse(await readFile(result, 'utf8'))).toMatchObject({ whole: false });

    await writeFile(head, (await readFile(head, 'utf8')).replace(/"sequence": \d+/, '"sequence": 1'));
    expect(await run('audit', ['verify', '--head', head], env)).toMatchObject({ code: 1, output: expect.stringContaining('was not signed with this key') as string });
  });
});

describe('npm run tenant', () => {
  it('makes a tenant, and its Administrator sets a password with the link that is printed', { timeout: 180_000 }, async () => {
    const test = await openTestStore();
    try {
      const file = join(folder, 'tenant-kek');
      const names = join(folder, 'tenant-names');
      for (const one of [file, names]) await writeFile(one, randomBytes(32).toString('base64'), { mode: 0o600 });
      const env = { DATABASE_URL: test.databaseUrl, KEY_ENCRYPTION_KEY_FILE: file, NAME_HASH_KEY_FILE: names, KEY_STORE_DIR: join(folder, 'tenant-keys'), PUBLIC_URL: 'https://onboarding.example/' };
      await mkdir(env.KEY_STORE_DIR);
      const create = ['create', '--name', 'Quay IT', '--admin-mail', 'root@quay.example'];
      expect(await run('tenant', create, env), 'the key store of another installation, or a lost one').toMatchObject({ code: 1, output: expect.stringContaining('holds no key of a tenant, but the database has tenants') as string });
      const keys = new FolderKeyStore(env.KEY_STORE_DIR);
      expect(await keys.owners({ after: null, limit: 1 }), 'nothing was changed').toEqual([]);
      const owner = `tenant-${(await test.store.db.tenant.findFirstOrThrow()).id}`;
      await keys.put(owner, await (await LocalKeyEncryption.fromFile(file)).wrap(randomBytes(32), owner));
      await chmod(file, 0o644);
      expect(await run('tenant', create, env), 'a key that anybody may read').toMatchObject({ code: 1, output: expect.stringMatching(/can be read or changed by everybody.*chmod 600/) as string });
      await chmod(file, 0o600);
      const made = await run('tenant', create, env);
      expect(made).toMatchObject({ code: 0, output: expect.stringContaining('Its Administrator is root@quay.example') as string });
      const [, token] = /https:\/\/onboarding\.example\/set-password#(coo_[\w-]{43})/.exec(made.output)!;
      expect(await whoseOneTime(test.store, token!, ['invitation'])).not.toBeNull();
      const again = await run('tenant', ['link', '--mail', 'root@quay.example'], env);
      expect(again).toMatchObject({ code: 0 });
      expect(await whoseOneTime(test.store, token!, ['invitation'])).toBeNull();
      expect((await run('tenant', ['list'], env)).output).toContain('Quay IT');
      for (const [args, words] of [
        [['create', '--name', 'X', '--admin-mail', 'nobody'], '--admin-mail must be a mail address'],
        [['create', '--admin-mail', 'a@b.example'], '--name is needed'],
        [['create', '--name', 'X', '--admin-mail', 'a@b.example', '--tier', 'gold'], 'There is no tier gold'],
        [['link', '--mail', 'stranger@quay.example'], 'No active internal person'],
      ] as const) expect(await run('tenant', args, env)).toMatchObject({ code: 1, output: expect.stringContaining(words) as string });
      expect(await test.store.db.tenant.count()).toBe(3);

      expect((await run('tenant', ['tier', '--tier', 'gold', '--tier-name', 'Gold', '--retention-days', '90', '--restore-days', '14', '--warning-days', '3,7'], env)).output).toContain('The tier gold was added');
      expect(await run('tenant', ['tier', '--tier', 'standard', '--retention-days', 'soon'], env)).toMatchObject({ code: 1, output: expect.stringContaining('retentionDays must be a whole number') as string });
      const { output } = await run('tenant', ['tiers'], env);
      expect(output).toContain('gold  Gold: kept 90 days, restorable 14 days, warned 7 days, 3 days before; tenants: 0');
      expect(output).toContain('standard  Standard: kept 30 days, restorable 30 days, warned 10 days, 5 days, 1 day before; tenants:');
    } finally {
      await test.close();
    }
  });
});
