/** A key pair of workers, as an operator would make it. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPrivateKey, readPublicKey, type WorkerPrivateKey, type WorkerPublicKey } from '../../store/index.js';

export async function workerKeys(): Promise<{ publicKey: WorkerPublicKey; privateKey: WorkerPrivateKey }> {
  const folder = await mkdtemp(join(tmpdir(), 'client-onboarder-pair-'));
  const pair = generateKeyPairSync('x25519', { privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  const files = { publicKey: join(folder, 'public'), privateKey: join(folder, 'private') };
  try {
    for (const half of ['publicKey', 'privateKey'] as const) await writeFile(files[half], pair[half], { mode: 0o600 });
    return { publicKey: await readPublicKey(files.publicKey), privateKey: await readPrivateKey(files.privateKey) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
