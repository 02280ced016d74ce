import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectionOptions } from '../../temporal/connection.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-onboarder-tls-'));
  await writeFile(join(folder, 'cert.pem'), 'CERT');
  await writeFile(join(folder, 'key.pem'), 'KEY');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const base = { TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'default', PAYLOAD_KEY_FILE: 'unused' };

it('connects in clear to a server without key and certificate', async () => {
  expect(await connectionOptions(base)).toEqual({ address: 'temporal.example:7233' });
});

it('turns TLS on with an API key', async () => {
  expect(await connectionOptions({ ...base, TEMPORAL_API_KEY: 'k' })).toEqual({ address: 'temporal.example:7233', tls: true, apiKey: 'k' });
});

it('shows its certificate where there is one', async () => {
  const options = await connectionOptions({ ...base, TEMPORAL_TLS_CERT_FILE: join(folder, 'cert.pem'), TEMPORAL_TLS_KEY_FILE: join(folder, 'key.pem') });
  expect(options.tls).toEqual({ clientCertPair: { crt: Buffer.from('CERT'), key: Buffer.from('KEY') } });
});
