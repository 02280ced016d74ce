import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';

const source = new URL('../../local', import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), 'setup-'));
let clone: string;
let serial = 0;

beforeEach(() => {
  serial += 1;
  clone = join(home, String(serial));
  mkdirSync(join(clone, 'bin'), { recursive: true });
  mkdirSync(join(clone, 'local'));
  for (const name of readdirSync(source).filter((file) => file.endsWith('.mjs'))) cpSync(join(source, name), join(clone, 'local', name));
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: { '': {}, 'node_modules/a': { integrity: 'x' } } }));
  npm('mkdir -p node_modules; echo "$@" >> calls');
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function npm(body: string): void {
  writeFileSync(join(clone, 'bin/npm'), `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  chmodSync(join(clone, 'bin/npm'), 0o755);
}

function setUp(...needs: string[]): Promise<{ code: number; output: string; errors: string }> {
  const env = { PATH: join(clone, 'bin'), CLIENT_ONBOARDER_CACHE: join(clone, 'cache') };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(clone, 'local/setup.mjs'), ...needs], { env }, (error, output, errors) => {
      resolve({ code: error ? Number(error.code) : 0, output, errors });
    });
  });
}

const installs = () => readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n').length;

test('dependencies are installed once, and again when the lock file changes', async () => {
  expect(await setUp('deps')).toEqual({ code: 0, output: 'Installing dependencies (once, about a minute) ...\n', errors: '' });
  expect(await setUp('deps')).toEqual({ code: 0, output: '', errors: '' });
  expect(installs()).toBe(1);
  writeFileSync(join(clone, 'package-lock.json'), '{"packages":{"":{"version":"2"}}}');
  await setUp('deps');
  expect(installs()).toBe(2);
});

test('two set-ups at a time install once', async () => {
  npm('sleep 0.5; mkdir -p node_modules; echo "$@" >> calls');
  const results = await Promise.all([setUp('deps'), setUp('deps')]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(installs()).toBe(1);
  expect(results.some(({ output }) => output.includes('Waiting for another set-up of this folder'))).toBe(true);
});

test('what was installed by hand is not installed again', async () => {
  mkdirSync(join(clone, 'node_modules'));
  cpSync(join(clone, 'package-lock.json'), join(clone, 'node_modules/.package-lock.json'));
  expect(await setUp('deps')).toEqual({ code: 0, output: '', errors: '' });
  expect(existsSync(join(clone, 'calls'))).toBe(false);
});

test('a failed install shows what npm said, and the next run tries again', async () => {
  npm('echo "ENOTFOUND registry" >&2; exit 1');
  const { code, errors } = await setUp('deps');
  expect(code).toBe(1);
  expect(errors).toMatch(/^ENOTFOUND registry\nInstalling dependencies .* failed \(exit code 1\)\. Check that the npm registry can be reached/);
  npm('mkdir -p node_modules; echo "$@" >> calls');
  expect((await setUp('deps')).code).toBe(0);
});

test('without npm there is a sentence', async () => {
  rmSync(join(clone, 'bin/npm'));
  const { code, errors } = await setUp('deps');
  expect([code, errors]).toEqual([1, expect.stringContaining('npm cannot be started (ENOENT)')]);
});

test('the database client is generated when the schema changes, never by an engine', async () => {
  mkdirSync(join(clone, 'prisma'));
  writeFileSync(join(clone, 'prisma/schema.prisma'), 'one');
  mkdirSync(join(clone, 'node_modules/prisma/build'), { recursive: true });
  const fake = `
    const fs = require('node:fs');
    fs.mkdirSync('prisma/generated', { recursive: true });
    fs.appendFileSync('generated-calls', process.argv.slice(2).join(' ') + ' ' + fs.existsSync(process.env.PRISMA_SCHEMA_ENGINE_BINARY) + '\\n');`;
  writeFileSync(join(clone, 'node_modules/prisma/build/index.js'), fake);
  await setUp('prisma');
  await setUp('prisma');
  writeFileSync(join(clone, 'prisma/schema.prisma'), 'two');
  await setUp('prisma');
  expect(readFileSync(join(clone, 'generated-calls'), 'utf8')).toBe('generate true\ngenerate true\n');
});

test('an unknown step is refused with the known ones', async () => {
  expect(await setUp('everything')).toMatchObject({ code: 1, errors: 'Unknown set-up step "everything"; there are: deps, prisma, temporal, test-server, s3-server, vault-server.\n' });
});
