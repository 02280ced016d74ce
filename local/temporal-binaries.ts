/** Finds or gets the two Temporal servers that run locally: the CLI's dev server and the time-skipping test server. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWithGo, isExecutable, keepInCache, onPath, reasonOf, type GoProgram, type Report } from './cached-programs.js';
import { runToEnd } from './run-to-end.js';

/**
 * The newest release that can be built from outside: later ones need a `replace` in go.mod, which counts there alone. Its own version
 * of SQLite stays interrupted for ever once a statement has taken too long under load (https://github.com/temporalio/temporal/pull/9198).
 */
const SQLITE = 'v1.44.3';
const devServer = (): GoProgram => ({
  label: 'Temporal',
  package: 'github.com/temporalio/cli/cmd/temporal',
  modules: { 'github.com/temporalio/cli': 'v1.5.1', 'modernc.org/sqlite': SQLITE },
  program: 'temporal',
  duration: 'two to three minutes',
  // The archive in a cloud, which a local server does not have, is a quarter of what would be built.
  replacements: {
    'cloud.google.com/go/storage': { 'storage.go': source('storage/storage.go') },
    'google.golang.org/api': { 'option/option.go': source('api/option.go'), 'iterator/iterator.go': source('api/iterator.go') },
  },
});
const source = (name: string) => readFileSync(new URL(`./temporal-server/left-out/${name}`, import.meta.url), 'utf8');
const MAVEN_ARTIFACT = { group: 'io.temporal', name: 'temporal-test-server', version: '1.35.0' };

const MINUTE = 60_000;

export interface FindOptions {
  /** Where PATH and the cache folder are read from; this process's environment by default. */
  env?: NodeJS.ProcessEnv;
  /** The script that has the SDK download a server; see sdk-download.mjs. */
  sdkDownloadScript?: string;
  /** Give a download up after so many milliseconds without a byte. Default 60,000. */
  downloadStallMs?: number;
}

/** No way to get a server. The message is one sentence that says what to do. */
export class TemporalNotFoundError extends Error {}

/**
 * The path of a Temporal CLI that can run `server start-dev`: on PATH, in the cache, downloaded by the SDK, or built by
 * Go, in this order.
 *
 * @param report gets a line in plain words for each step that is tried
 * @throws TemporalNotFoundError
 */
export async function findTemporalCli(report: Report, options: FindOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const installed = await workingCliOnPath(env, report);
  if (installed !== undefined) return installed;
  return keepInCache('temporal', `sdk-${sdkVersion()}-sqlite-${SQLITE}`, env, report, async (folder) => {
    report('Temporal: not on PATH and not in the cache yet.');
    if (await downloadBySdk('dev-server', folder, env, options, report)) return;
    if (await buildWithGo(devServer(), folder, env, report)) return;
    throw new TemporalNotFoundError(
      'There is no Temporal server to use: install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, ' +
        'or install Go 1.25 or newer so that it can be built, or set TEMPORAL_ADDRESS to a running server.',
    );
  });
}

/**
 * The path of the time-skipping test server (or of a script that starts it): in the cache, downloaded by the SDK, or
 * put together by Maven, in this order.
 *
 * @param report gets a line in plain words for each step that is tried
 * @throws TemporalNotFoundError
 */
export async function findTestServer(report: Report, options: FindOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  return keepInCache('temporal-test-server', `sdk-${sdkVersion()}`, env, report, async (folder) => {
    report('Temporal test server: not in the cache yet.');
    if (await downloadBySdk('test-server', folder, env, options, report)) return;
    if (await copyWithMaven(folder, env, report)) return;
    throw new TemporalNotFoundError(
      'There is no time-skipping Temporal test server to use: allow the download from https://temporal.download, ' +
        'or install Java 11 or newer and Maven so that it can be put together.',
    );
  });
}

async function workingCliOnPath(env: NodeJS.ProcessEnv, report: Report): Promise<string | undefined> {
  const path = onPath('temporal', env);
  if (path === undefined) return undefined;
  const result = await runToEnd(path, ['--version'], { env, deadlineMs: 15_000 });
  if (result.code === 0) return path;
  report(`Temporal: ${path} is on PATH but does not start (${reasonOf(result)}), looking further.`);
  return undefined;
}

async function downloadBySdk(
  kind: 'dev-server' | 'test-server',
  folder: string,
  env: NodeJS.ProcessEnv,
  options: FindOptions,
  report: Report,
): Promise<boolean> {
  const label = kind === 'dev-server' ? 'Temporal' : 'Temporal test server';
  report(`${label}: trying the Temporal SDK's own download ...`);
  const script = options.sdkDownloadScript ?? fileURLToPath(new URL('./sdk-download.mjs', import.meta.url));
  const downloads = join(folder, 'download');
  mkdirSync(downloads);
  const result = await runToEnd(process.execPath, [script, kind, downloads], {
    env,
    deadlineMs: 15 * MINUTE,
    stall: { folder: downloads, ms: options.downloadStallMs ?? MINUTE },
    onElapsed: (seconds) => report(`${label}: downloading (${seconds} s) ...`),
  });
  const file = readdirSync(downloads).find((name) => name.startsWith('temporal-') && isExecutable(join(downloads, name)));
  if (result.code === 0 && file !== undefined) {
    renameSync(join(downloads, file), join(folder, kind === 'dev-server' ? 'temporal' : 'temporal-test-server'));
    rmSync(downloads, { recursive: true });
    report(`${label}: downloaded.`);
    return true;
  }
  rmSync(downloads, { recursive: true });
  report(`${label}: the download failed (${reasonOf(result)}).`);
  return false;
}

async function copyWithMaven(folder: string, env: NodeJS.ProcessEnv, report: Report): Promise<boolean> {
  const [maven, java] = [onPath('mvn', env), onPath('java', env)];
  if (maven === undefined || java === undefined) {
    report(`Temporal test server: ${maven === undefined ? 'Maven' : 'Java'} is not installed, so it cannot be put together either.`);
    return false;
  }
  report(`Temporal test server: copying ${MAVEN_ARTIFACT.group}:${MAVEN_ARTIFACT.name}:${MAVEN_ARTIFACT.version} with Maven (once, about a minute) ...`);
  writeFileSync(join(folder, 'pom.xml'), pom());
  const result = await runToEnd(maven, ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'], {
    cwd: folder,
    env,
    deadlineMs: 10 * MINUTE,
    onElapsed: (seconds) => report(`Temporal test server: copying (${seconds} s) ...`),
  });
  const jars = existsSync(join(folder, 'jars')) ? readdirSync(join(folder, 'jars')) : [];
  if (result.code !== 0 || !jars.some((name) => name.startsWith(MAVEN_ARTIFACT.name))) {
    report(`Temporal test server: Maven failed (${reasonOf(result)}).`);
    return false;
  }
  const path = join(folder, 'temporal-test-server');
  writeFileSync(path, START_JAVA);
  chmodSync(path, 0o755);
  report('Temporal test server: ready.');
  return true;
}

/** `exec`, because the SDK stops the server by killing the process that it has started, and no child of it. */
const START_JAVA = `#!/bin/sh
DIR=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/jars
exec java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$DIR/*" io.temporal.testserver.TestServer "$@"
`;

function pom(): string {
  const { group, name, version } = MAVEN_ARTIFACT;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>client-onboarder</groupId><artifactId>test-server</artifactId><version>1</version>
<dependencies>
<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>
<dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
</dependencies>
</project>
`;
}

function sdkVersion(): string {
  return (createRequire(import.meta.url)('@temporalio/testing/package.json') as { version: string }).version;
}
