import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, expect, test } from 'vitest';
import { readRunningStack } from '../../local/running-stack.js';
import { readDemoTenants, seedDemo } from '../../local/seed.js';
import { startStack, type Stack } from '../../local/stack.js';

const folder = mkdtempSync(join(tmpdir(), 'whole-stack-'));
const said: string[] = [];
let stack: Stack | undefined;

afterEach(async () => {
  await stack?.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = async (): Promise<Stack> => (stack = await startStack({ dataFolder: folder, ports: 'ephemeral', report: (line) => said.push(line) }));

async function tenants(running: Stack): Promise<number> {
  const client = new pg.Client({ connectionString: running.info.settings['DATABASE_URL'] });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM "Tenant"');
  await client.end();
  return rows[0]!.n;
}

/** A new client that the manager gets: they hear of it by mail. */
async function createClient(running: Stack, token: string, managerToken: string): Promise<void> {
  const { api } = running.info.urls;
  const me = (await (await fetch(`${api}/v1/me`, { headers: { authorization: `Bearer ${managerToken}` } })).json()) as { id: string };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(`${api}/v1/clients`, { method: 'POST', headers, body: JSON.stringify({ company: 'Delivered Ltd', managerId: me.id }) });
  expect(answer.status).toBe(201);
}

async function subjects(running: Stack): Promise<string[]> {
  const { mails } = (await (await fetch(`${running.info.urls.mail!}/__sandbox/mails`)).json()) as { mails: { subject: string }[] };
  return mails.map(({ subject }) => subject);
}

const status = (url: string) => fetch(url).then((answer) => answer.status, () => 0);

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('the whole stack starts, mends itself, stops without a trace of processes, and goes on with its data', async () => {
  const first = await start();
  expect(await status(`${first.info.urls.api}/readyz`)).toBe(200);
  expect(await status(first.info.urls.temporalUi!)).toBe(200);
  expect(await status(first.info.urls.itGlueWeb!)).toBe(200);
  expect(await status(first.info.urls.mail!)).toBe(200);
  expect(readRunningStack(folder)).toEqual(first.info);
  expect(statSync(join(folder, 'stack.json')).mode & 0o777).toBe(0o600);
  const users = await seedDemo(first.info);
  expect(new Set(users.map(({ role }) => role)).size).toBe(4);
  const manager = users.find(({ role }) => role === 'Manager')!;
  await createClient(first, users.find(({ role }) => role === 'Administrator')!.token, manager.token);
  await expect.poll(() => subjects(first), { timeout: 60_000 }).toEqual(['You have Delivered Ltd now']);

  for (const part of ['worker', 'postgres', 'temporal']) process.kill(first.info.pids[part]!, 'SIGKILL');
  const back = ['The worker', 'PostgreSQL', 'Temporal'].map((label) => `${label} is running again.`);
  await expect.poll(() => said, { timeout: 60_000 }).toEqual(expect.arrayContaining(back));
  await expect.poll(() => status(`${first.info.urls.api}/readyz`), { timeout: 30_000 }).toBe(200);

  const pids = Object.values(first.info.pids);
  await first.close();
  expect(pids.filter(alive)).toEqual([]);
  expect(readRunningStack(folder)).toBeUndefined();
  expect(readdirSync(folder).filter((name) => /stack|lock/.test(name))).toEqual([]);

  const second = await start();
  expect(await tenants(second)).toBe(2);
  expect(await subjects(second)).toEqual(['You have Delivered Ltd now']);
  expect((await seedDemo(second.info)).map(({ token }) => token)).toEqual(users.map(({ token }) => token));
  expect(readDemoTenants(folder)).toHaveLength(2);
  expect(existsSync(join(folder, 'logs/worker.log'))).toBe(true);
}, 180_000);
