import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { tryLock } from '../../local/file-lock.mjs';
import { fixedPorts, freePorts, portTable } from '../../local/ports.js';
import { stackLockOf } from '../../local/running-stack.js';
import { ensureSecrets } from '../../local/secrets.js';
import { startStack } from '../../local/stack.js';

const home = mkdtempSync(join(tmpdir(), 'stack-'));
let folder: string;
let serial = 0;

beforeEach(() => {
  serial += 1;
  folder = join(home, String(serial));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Settings with free ports, so that a developer's own stack does not disturb the test. */
async function settings(): Promise<NodeJS.ProcessEnv> {
  const ports = await freePorts();
  const own = Object.entries(portTable).map(([name, { setting }]) => [setting, String(ports[name as keyof typeof ports])]);
  return { ...process.env, DATABASE_URL: '', TEMPORAL_ADDRESS: '', ...Object.fromEntries(own) };
}

test('a taken port is named with its purpose and its setting, and nothing is made', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = { ...(await settings()), TEMPORAL_UI_PORT: String(port) };
  await expect(startStack({ dataFolder: folder, ports: 'fixed', env })).rejects.toThrow(
    `Port ${port} for Temporal's Web UI is taken; stop the program that uses it, or set TEMPORAL_UI_PORT to another port.`,
  );
  expect(readdirSync(folder)).toEqual([]);
  server.close();
});

test('a setting that is no port is named', () => {
  expect(() => fixedPorts({ API_PORT: '80 000' })).toThrow('API_PORT must be a port from 1 to 65535, not "80 000".');
});

test('one port for two parts is refused', async () => {
  const env = await settings();
  env['CODEC_PORT'] = env['API_PORT'];
  await expect(startStack({ dataFolder: folder, ports: 'fixed', env })).rejects.toThrow(/is set both for the API and for the worker's codec endpoint/);
});

test('a second start on the same folder is refused and leaves the first alone', async () => {
  mkdirSync(folder);
  const release = tryLock(stackLockOf(folder))!;
  await expect(startStack({ dataFolder: folder, ports: 'fixed', env: await settings() })).rejects.toThrow(
    `Client Onboarder already runs on ${folder} (process ${process.pid}); stop it first, or choose another folder with --data.`,
  );
  expect(existsSync(stackLockOf(folder))).toBe(true);
  release();
  expect(existsSync(stackLockOf(folder))).toBe(false);
});

test('the lock of a process that is gone holds nobody up', async () => {
  mkdirSync(folder);
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  writeFileSync(stackLockOf(folder), JSON.stringify({ pid: gone.pid, startTime: '1' }));
  const release = tryLock(stackLockOf(folder));
  expect(release).toBeTypeOf('function');
  release!();
});

test('the lock of another process with a re-used id holds nobody up', () => {
  mkdirSync(folder);
  writeFileSync(stackLockOf(folder), JSON.stringify({ pid: process.pid, startTime: 'another time' }));
  expect(tryLock(stackLockOf(folder))).toBeTypeOf('function');
});

test('secrets are for their owner only, and stay what they are', () => {
  const secrets = ensureSecrets(folder, false);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const first = Object.values(secrets).map((path) => [statSync(path).mode & 0o777, readFileSync(path, 'utf8')]);
  expect(new Set(first.map(([mode]) => mode))).toEqual(new Set([0o600]));
  expect(new Set(first.map(([, content]) => content)).size).toBe(first.length);
  const second = Object.values(ensureSecrets(folder, true)).map((path) => [statSync(path).mode & 0o777, readFileSync(path, 'utf8')]);
  expect(second).toEqual(first);
});

test('a lost secret is not replaced while there is data that needs it', () => {
  const secrets = ensureSecrets(folder, false);
  rmSync(secrets['key-encryption-key']);
  expect(() => ensureSecrets(folder, true)).toThrow('key-encryption-key is missing, and the data in this folder cannot be read without it');
  expect(existsSync(secrets['key-encryption-key'])).toBe(false);
});

test('no way to get Temporal: the sentence of the search, and nothing is made', async () => {
  const env = { ...(await settings()), PATH: join(home, 'nowhere'), CLIENT_ONBOARDER_CACHE: join(home, 'cache') };
  await expect(startStack({ dataFolder: folder, ports: 'fixed', env })).rejects.toThrow('There is no Temporal server to use');
  expect(readdirSync(folder)).toEqual([]);
});
