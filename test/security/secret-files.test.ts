import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi } from '../../api/server.js';
import { readApiSettings } from '../../settings/index.js';
import { refuseOpenFiles } from '../../store/index.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'client-onboarder-secrets-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function secretFile(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, randomBytes(32).toString('base64'));
  await chmod(path, 0o600);
  return path;
}

const secrets = ['NAME_HASH_KEY_FILE', 'KEY_ENCRYPTION_KEY_FILE', 'PAYLOAD_KEY_FILE', 'AUDIT_SIGNING_KEY_FILE', 'TEMPORAL_TLS_KEY_FILE', 'FILES_S3_SECRET_KEY_FILE'] as const;

it.each([...secrets, 'KEY_TRANSIT_TOKEN_FILE'] as const)('the API does not start with a %s that everybody on the machine may read', async (open) => {
  const files = Object.fromEntries(await Promise.all(secrets.map(async (name) => [name, await secretFile(name)] as const)));
  const transit = open === 'KEY_TRANSIT_TOKEN_FILE' ? { KEY_TRANSIT_URL: 'http://127.0.0.1:9', KEY_TRANSIT_TOKEN_FILE: await secretFile(open), KEY_ENCRYPTION_KEY_FILE: '' } : {};
  const env = {
    ...files,
    ...transit,
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:9/none',
    KEY_STORE_DIR: join(folder, 'keys'),
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    PUBLIC_URL: 'http://127.0.0.1:9',
    IT_GLUE_PUBLIC_KEY_FILE: join(folder, 'public'),
  };
  const path = join(folder, open);
  await chmod(path, 0o604);
  await expect(startApi(readApiSettings(env))).rejects.toThrow(`${path} can be read or changed by everybody on this machine (mode 604)`);
});

it('a secret file may be read by its group, as containers mount it', async () => {
  const path = await secretFile('mounted');
  await chmod(path, 0o440);
  await expect(refuseOpenFiles(path, undefined, join(folder, 'not-there'))).resolves.toBeUndefined();
});
