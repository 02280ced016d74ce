import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { cacheFolder } from '../../local/cached-programs.js';
import { TemporalNotFoundError, findTemporalCli, findTestServer, type FindOptions } from '../../local/temporal-binaries.js';

const home = mkdtempSync(join(tmpdir(), 'temporal-binaries-'));
let bin: string;
let cache: string;
let lines: string[];
let serial = 0;

beforeEach(() => {
  serial += 1;
  bin = join(home, String(serial), 'bin');
  cache = join(home, String(serial), 'cache');
  mkdirSync(bin, { recursive: true });
  lines = [];
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

const report = (line: string) => lines.push(line);
/** Only our folder, and the system's for the shell and its tools that the fake programs need. */
const options = (more: Partial<FindOptions> = {}): FindOptions => ({
  env: { PATH: `${bin}:/usr/bin/none`, CLIENT_ONBOARDER_CACHE: cache },
  sdkDownloadScript: script('sdk.mjs', 'process.stderr.write("no network here\\n"); process.exit(1);'),
  ...more,
});

function script(name: string, text: string): string {
  const path = join(home, String(serial), name);
  writeFileSync(path, text);
  return path;
}

/** A program on PATH, as a shell script without anything but built-ins. */
function program(name: string, body: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

const WRITES_TEMPORAL = 'printf "#!/bin/sh\\necho built" > temporal; chmod +x temporal; echo "$@" >> ../go-calls; grep require go.mod >> ../go-calls';
const DOWNLOADS = (file: string) => `
  import { writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  writeFileSync(join(process.argv[3], ${JSON.stringify(file)}), '#!/bin/sh\\n', { mode: 0o755 });`;

test('a working temporal on PATH is taken before anything else', async () => {
  const path = program('temporal', 'echo temporal version 1.0.0');
  program('go', WRITES_TEMPORAL);
  expect(await findTemporalCli(report, options())).toBe(path);
  expect(existsSync(cache)).toBe(false);
});

test('a temporal on PATH that does not start is passed over, with the reason', async () => {
  program('temporal', 'echo wrong architecture >&2; exit 126');
  program('go', WRITES_TEMPORAL);
  expect(await findTemporalCli(report, options())).toContain(cache);
  expect(lines[0]).toContain('does not start (wrong architecture)');
});

test("the SDK's download is tried first and kept in the cache", async () => {
  program('go', WRITES_TEMPORAL);
  const withNetwork = options({ sdkDownloadScript: script('ok.mjs', DOWNLOADS('temporal-sdk-typescript-1.24.0')) });
  const path = await findTemporalCli(report, withNetwork);
  expect(path.startsWith(cache)).toBe(true);
  expect(lines.at(-1)).toBe('Temporal: downloaded.');
  // The next call has no network and no Go: it needs neither.
  rmSync(join(bin, 'go'));
  lines = [];
  expect(await findTemporalCli(report, options())).toBe(path);
  expect(lines).toEqual([]);
});

test('a download without a byte is given up', async () => {
  const hanging = options({ sdkDownloadScript: script('hang.mjs', 'setTimeout(() => undefined, 60_000);'), downloadStallMs: 300 });
  program('go', WRITES_TEMPORAL);
  await findTemporalCli(report, hanging);
  expect(lines).toContain('Temporal: the download failed (nothing arrived for 0.3 s).');
});

test('without a download Go builds it, once for all who ask at the same time', async () => {
  program('go', `sleep 0.3; ${WRITES_TEMPORAL}`);
  const paths = await Promise.all([1, 2, 3].map(() => findTemporalCli(report, options())));
  expect(new Set(paths).size).toBe(1);
  expect(readFileSync(join(cache, 'go-calls'), 'utf8')).toBe(
    'build -mod=mod -o temporal github.com/temporalio/cli/cmd/temporal\nrequire github.com/temporalio/cli v1.5.1\nrequire modernc.org/sqlite v1.44.3\n',
  );
});

test('a failed build leaves nothing that looks finished, and one sentence on what to do', async () => {
  program('go', 'echo half > temporal; echo "module lookup disabled" >&2; exit 1');
  const failure = findTemporalCli(report, options());
  await expect(failure).rejects.toThrow(TemporalNotFoundError);
  await expect(failure).rejects.toThrow(/install the Temporal CLI .* or install Go .* or set TEMPORAL_ADDRESS/);
  expect(lines.at(-1)).toBe('Temporal: the Go build failed (module lookup disabled).');
  expect(readdirSync(cache)).toEqual([]);
});

test('nothing at all: each attempt is told and the sentence says what to do', async () => {
  await expect(findTemporalCli(report, options())).rejects.toThrow('There is no Temporal server to use');
  expect(lines.map((line) => line.split('(')[0]!.trim())).toEqual([
    'Temporal: not on PATH and not in the cache yet.',
    "Temporal: trying the Temporal SDK's own download ...",
    'Temporal: the download failed',
    'Temporal: Go is not installed, so it cannot be built either.',
  ]);
});

test('the test server is put together by Maven as a script that becomes Java', async () => {
  program('java', 'exit 0');
  program('mvn', 'mkdir jars; : > jars/temporal-test-server-1.jar; grep -q temporal-test-server pom.xml');
  const path = await findTestServer(report, options());
  expect(path.startsWith(cache)).toBe(true);
  expect(readFileSync(path, 'utf8')).toMatch(/^exec java .*TestServer "\$@"$/m);
});

test('the test server needs Java beside Maven, and failures of Maven are told by their first error', async () => {
  program('mvn', 'echo "[ERROR] Could not resolve"; echo "[ERROR] -> [Help 1]"; exit 1');
  await expect(findTestServer(report, options())).rejects.toThrow('install Java 11 or newer and Maven');
  expect(lines.at(-1)).toContain('Java is not installed');
  program('java', 'exit 0');
  await expect(findTestServer(report, options())).rejects.toThrow(TemporalNotFoundError);
  expect(lines.at(-1)).toBe('Temporal test server: Maven failed ([ERROR] Could not resolve).');
});

test('the cache is where the settings say', () => {
  expect(cacheFolder({ CLIENT_ONBOARDER_CACHE: '/a' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/client-onboarder');
  expect(cacheFolder({})).toMatch(/\.cache\/client-onboarder$/);
});
