// The command line entry and the data file, as an operator meets them: separate processes, killed and restarted.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { b64, Client } from './support.js';

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  file = join(folder, 'state');
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): { child: ChildProcess; output: () => string; ended: Promise<number | null> } {
  const child = spawn(process.execPath, ['--import', 'tsx', 'sandbox/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  child.stdout.on('data', (chunk) => (text += String(chunk)));
  child.stderr.on('data', (chunk) => (text += String(chunk)));
  return { child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

interface Running { child: ChildProcess; ended: Promise<number | null>; output: () => string; api: Client; ready: { url: string; webUrl: string; apiKey: string } }

async function ready(...args: string[]): Promise<Running> {
  const running = run('--port', '0', ...args);
  await expect.poll(running.output, { timeout: 20_000 }).toContain('READY ');
  const info = JSON.parse(/READY (.*)/.exec(running.output())?.[1] ?? '{}') as Running['ready'];
  return { ...running, api: new Client(info.url, info.apiKey), ready: info };
}

describe('the command', () => {
  it('says where it is, in words and in one line for programs', async () => {
    const { output, ready: info, child, ended } = await ready('--api-key', 'ITG.mine');
    expect(info).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), webUrl: `${info.url}/web`, apiKey: 'ITG.mine' });
    for (const part of ['API:', 'Web:', 'API key: as given']) expect(output()).toContain(part);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
  });

  it('says in one sentence that a port is taken', async () => {
    const { ready: info } = await ready();
    const second = run('--port', new URL(info.url).port);
    expect(await second.ended).toBe(1);
    expect(second.output().trim()).toBe(`Port ${new URL(info.url).port} on 127.0.0.1 is taken; choose another with --port.`);
  });

  it('refuses wrong arguments in one line each', async () => {
    const wrong: [string[], string][] = [
      [['--port', 'http'], '--port must be a whole number'], [['--nonsense'], "Unknown option '--nonsense'"], [['--durable'], '--durable needs --data FILE.'],
      [['--log-level', 'loud'], '--log-level must be'], [['--data', '/nowhere/at/all/x'], 'The folder of the data file'], [['--host', '203.0.113.1'], 'is not an address of this machine'],
    ];
    await Promise.all(wrong.map(async ([args, message]) => {
      const { output, ended } = run('--port', '0', ...args);
      expect(await ended).toBe(1);
      expect(output()).toContain(message);
      expect(output().trim().split('\n')).toHaveLength(1);
    }));
  });
});

describe('the data file', () => {
  it('brings back everything after an orderly end', async () => {
    const first = await ready('--data', file);
    const organization = await first.api.make('/organizations', { name: 'Acme' });
    const location = await first.api.make('/locations', { 'organization-id': organization, name: 'HQ' });
    await first.api.post(`/locations/${location}/relationships/attachments`, { attachment: { content: b64('bytes'), file_name: 'a.txt' } });
    await fetch(`${first.ready.url}/__sandbox/switches`, { method: 'PATCH', body: '{"bulkOrder":"reversed"}' });
    await fetch(`${first.ready.url}/__sandbox/keys`, { method: 'POST', body: '{"label":"second","key":"ITG.2","passwordAccess":false}' });
    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['state', 'state.files', 'state.journal']);
    expect((await stat(file)).mode & 0o077).toBe(0);

    const second = await ready('--data', file);
    expect(second.ready.apiKey).toBe(first.ready.apiKey);
    const [attachment] = (await second.api.get(`/locations/${location}/relationships/attachments`)).data;
    expect(await (await fetch(attachment.attributes['download-url'])).text()).toBe('bytes');
    expect((await new Client(second.ready.url, 'ITG.2').get(`/organizations/${organization}`)).status).toBe(200);
    expect(await (await fetch(`${second.ready.url}/__sandbox/switches`)).json()).toMatchObject({ bulkOrder: 'reversed' });
    expect((await second.api.get('/countries')).json.meta['total-count']).toBe(249);
    expect(Number(await second.api.make('/organizations', { name: 'B' }))).toBeGreaterThan(Number(attachment.id));
  });

  it.each([[[]], [['--durable']]])('loses nothing that was answered when killed in the middle of writing (%j)', async (extra) => {
    const first = await ready('--data', file, ...extra);
    const answered: string[] = [];
    let going = true;
    const writers = Array.from({ length: 4 }, async () => {
      for (let at = 0; going; at += 1) {
        try {
          answered.push(await first.api.make('/manufacturers', { name: `M${at}` }));
        } catch {
          going = false;
        }
      }
    });
    await expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(40);
    first.child.kill('SIGKILL');
    await Promise.all(writers);
    await first.ended;

    const second = await ready('--data', file);
    const kept = new Set<string>();
    for (let page = 1, total = 1; page <= total; page += 1) {
      const got = await second.api.get(`/manufacturers?page[size]=1000&page[number]=${page}`);
      total = got.json.meta['total-pages'] as number;
      for (const { id } of got.data as { id: string }[]) kept.add(id);
    }
    expect(answered.filter((id) => !kept.has(id))).toEqual([]);
  });

  it('does not mind a journal line torn by the kill, and does not repeat a journal the snapshot covers', async () => {
    const first = await ready('--data', file);
    await first.api.make('/manufacturers', { name: 'Dell' });
    const journal = await readFile(`${file}.journal`, 'utf8');
    first.child.kill('SIGTERM');
    await first.ended;
    await appendFile(`${file}.journal`, `${journal}{"n":99,"c":[["manufac`);
    const second = await ready('--data', file);
    expect((await second.api.get('/manufacturers')).json.meta['total-count']).toBe(1);
  });

  it('is refused in words when it is damaged or something else', async () => {
    await writeFile(file, 'my shopping list\n');
    const other = run('--port', '0', '--data', file);
    expect(await other.ended).toBe(1);
    expect(other.output().trim()).toBe(`${file} is not a data file of this version of the stand-in.`);
    await writeFile(file, '{"format":1}\n{"n":1,"c":[["manufac\n');
    const damaged = run('--port', '0', '--data', file);
    expect(await damaged.ended).toBe(1);
    expect(damaged.output().trim()).toBe(`Line 2 of ${file} cannot be read; the file is damaged.`);
  });

  it('is used by one process at a time; a lock left by a killed one is taken over', async () => {
    const first = await ready('--data', file);
    const second = run('--port', '0', '--data', file);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`is in use by process ${first.child.pid}`);
    first.child.kill('SIGKILL');
    await first.ended;
    const third = await ready('--data', file);
    third.child.kill('SIGKILL');
    await third.ended;
    // Another process got the number of the killed one meanwhile: this very one.
    await writeFile(`${file}.lock`, `${process.pid} 1`);
    await ready('--data', file);
  });
});
