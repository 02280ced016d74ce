/** A real S3-compatible server (Versity's gateway over a folder) with one bucket, for one test file. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../local/ports.js';
import { findS3Server } from '../../local/s3-server.js';
import type { S3Place } from '../../store/files/s3-storage.js';

export interface TestS3 {
  readonly place: S3Place;
  /** The folder in which the server keeps the bucket's objects as files. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function startTestS3(): Promise<TestS3> {
  const program = await findS3Server((line) => console.error(line));
  const root = await mkdtemp(join(tmpdir(), 'client-onboarder-s3-'));
  const [data, sidecar, bucket] = [join(root, 'data'), join(root, 'meta'), 'files'];
  await Promise.all([mkdir(join(data, bucket), { recursive: true }), mkdir(sidecar)]);
  const port = await freePort();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test-secret' };
  const args = ['--quiet', '--port', `127.0.0.1:${port}`, '--access', credentials.accessKeyId, '--secret', credentials.secretAccessKey, 'posix', '--sidecar', sidecar, data];
  const child = spawn(program, args, { stdio: 'ignore' });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`The S3 server ended with code ${code}`)));
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await Promise.race([answers(endpoint), ended]);
  ended.catch(() => undefined);
  return {
    place: { bucket, region: 'us-east-1', endpoint, credentials },
    folder: join(data, bucket),
    async close() {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await gone;
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function answers(endpoint: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const there = await fetch(endpoint, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    );
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The S3 server does not answer');
}
