import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Part, type PartSpec } from '../../local/part.js';
import type { StackError } from '../../local/stack-error.js';

const home = mkdtempSync(join(tmpdir(), 'part-'));
const parts: Part[] = [];
const said: string[] = [];
let givenUp: StackError | undefined;

afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.stop()));
  said.length = 0;
  givenUp = undefined;
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function part(code: string, more: Partial<PartSpec> = {}): Part {
  const made = new Part(
    {
      name: 'thing',
      label: 'The thing',
      command: process.execPath,
      args: ['-e', code],
      env: process.env,
      cwd: home,
      logFile: join(home, `${parts.length}-${Math.random()}.log`),
      readyWithinMs: 20_000,
      graceMs: 5_000,
      ...more,
    },
    { report: (line) => said.push(line), onProcess: () => undefined, onGivenUp: (error) => (givenUp = error) },
  );
  parts.push(made);
  return made;
}

const READY = 'console.log(\'READY {"port":7}\');';
const STAYS = `${READY} setInterval(() => undefined, 1000);`;

test('a part is ready when it says so, and its log does not repeat what it said', async () => {
  const thing = part(`console.log('hello'); ${STAYS}`);
  await thing.start();
  expect(thing.ready).toEqual({ port: 7 });
  await thing.stop();
  expect(readFileSync(thing.spec.logFile, 'utf8')).toBe('hello\nREADY\n');
  expect(statSync(thing.spec.logFile).mode & 0o777).toBe(0o600);
});

test('a part that ends before it is ready passes on its last words', async () => {
  const thing = part("console.error('The key file is missing.'); process.exit(3);");
  await expect(thing.start()).rejects.toThrow('The thing ended before it was ready (exit code 3). The key file is missing.');
});

test('a part that is not ready in time is stopped', async () => {
  const thing = part('setInterval(() => undefined, 1000);', { readyWithinMs: 300 });
  await expect(thing.start()).rejects.toThrow('The thing was not ready within 0 s.');
  await expect.poll(() => alive(thing.pid)).toBe(false);
});

test('a part that dies is started again and that is told', async () => {
  const thing = part(STAYS);
  await thing.start();
  const first = thing.pid;
  process.kill(first!, 'SIGKILL');
  await expect.poll(() => said, { timeout: 60_000 }).toEqual(['The thing stopped (SIGKILL); starting it again in 0.2 s.', 'The thing is running again.']);
  expect(thing.pid).not.toBe(first);
});

test('a part that cannot come back is tried again with growing waits', async () => {
  const flag = join(home, 'flag');
  const thing = part(`if (require('node:fs').existsSync(${JSON.stringify(flag)})) process.exit(9); ${STAYS}`);
  await thing.start();
  writeFileSync(flag, '');
  process.kill(thing.pid!, 'SIGKILL');
  await expect
    .poll(() => said, { timeout: 60_000 })
    .toEqual([
      'The thing stopped (SIGKILL); starting it again in 0.2 s.',
      expect.stringMatching(/^The thing ended before it was ready \(exit code 9\).*; starting it again in 1 s\.$/),
      expect.stringMatching(/^The thing ended before it was ready \(exit code 9\).*; starting it again in 2 s\.$/),
    ]);
  expect(givenUp).toBeUndefined();
});

test('a part that does not heed SIGTERM is killed after the grace', async () => {
  const thing = part(`process.on('SIGTERM', () => undefined); ${STAYS}`, { graceMs: 200 });
  await thing.start();
  await thing.stop();
  expect(alive(thing.pid)).toBe(false);
  expect(said).toEqual([]);
});

test('a part may tidy up before it ends', async () => {
  const file = join(home, 'tidied');
  const thing = part(`process.on('SIGTERM', () => { require('node:fs').writeFileSync(${JSON.stringify(file)}, ''); process.exit(0); }); ${STAYS}`);
  await thing.start();
  await thing.stop();
  expect(existsSync(file)).toBe(true);
});

function alive(pid: number | undefined): boolean {
  try {
    process.kill(pid!, 0);
    return true;
  } catch {
    return false;
  }
}
