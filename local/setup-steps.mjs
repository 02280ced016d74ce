/** The steps of setup.mjs, in plain JavaScript: at the time of the first one no package is installed. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './file-lock.mjs';

const steps = {
  deps: { isDone: dependenciesAreInstalled, run: installDependencies },
  prisma: { isDone: prismaClientIsGenerated, run: generatePrismaClient },
  temporal: { isDone: () => Boolean(process.env.TEMPORAL_ADDRESS) || programIsThere('temporal'), run: () => getProgram('temporal') },
  'test-server': { isDone: () => programIsThere('test-server'), run: () => getProgram('test-server') },
  's3-server': { isDone: () => programIsThere('s3-server'), run: () => getProgram('s3-server') },
  'vault-server': { isDone: () => programIsThere('vault-server'), run: () => getProgram('vault-server') },
};

class SetUpError extends Error {}

const root = fileURLToPath(new URL('..', import.meta.url));
const stampPath = join(root, 'node_modules/.client-onboarder.json');
const inRoot = (...names) => join(root, ...names);

/** Runs the named steps that are not done yet, in their fixed order. Gives the exit code and has said why it is not 0. */
export async function setUp(needs) {
  const unknown = needs.filter((need) => !Object.hasOwn(steps, need));
  if (unknown.length > 0) {
    console.error(`Unknown set-up step "${unknown[0]}"; there are: ${Object.keys(steps).join(', ')}.`);
    return 1;
  }
  const wanted = Object.entries(steps).filter(([name]) => needs.includes(name));
  try {
    if (wanted.every(([, step]) => step.isDone())) return 0;
    // One at a time per clone: `npm test` beside `npm start` must not install over each other.
    const lock = join(cacheFolder(), `setup-${createHash('sha256').update(root).digest('hex').slice(0, 12)}.lock`);
    const onWait = (pid) => console.log(`Waiting for another set-up of this folder (process ${pid ?? '?'}) ...`);
    await withLock(lock, { waitMs: 30 * 60_000, onWait }, async () => {
      for (const [, step] of wanted) if (!step.isDone()) await step.run();
    });
    return 0;
  } catch (error) {
    console.error(error instanceof SetUpError ? error.message : `Set-up failed: ${error.message}`);
    return 1;
  }
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'));
  } catch {
    return {};
  }
}

function writeStamp(change) {
  writeFileSync(`${stampPath}.part`, `${JSON.stringify({ ...readStamp(), ...change }, null, 2)}\n`);
  renameSync(`${stampPath}.part`, stampPath);
}

function hashOf(...paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(`\0${path.slice(root.length)}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

function dependenciesAreInstalled() {
  const lockfile = hashOf(inRoot('package-lock.json'));
  if (readStamp().lockfile === lockfile) return true;
  if (!installedAsLocked()) return false;
  writeStamp({ lockfile });
  return true;
}

/** Whether somebody has already run `npm ci` or `npm install` by hand: npm notes what it has installed. */
function installedAsLocked() {
  try {
    const locked = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8')).packages;
    const installed = JSON.parse(readFileSync(inRoot('node_modules/.package-lock.json'), 'utf8')).packages;
    return Object.entries(locked).every(
      ([path, entry]) => path === '' || (installed[path] ? installed[path].integrity === entry.integrity : entry.optional === true),
    );
  } catch {
    return false;
  }
}

async function installDependencies() {
  const lockfile = hashOf(inRoot('package-lock.json'));
  const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  await run('Installing dependencies (once, about a minute)', [...npm, 'ci', '--no-audit', '--no-fund'], {
    whatToDo: 'Check that the npm registry can be reached, then run the command again.',
  });
  writeStamp({ lockfile });
}

function prismaSources() {
  const schemas = readdirSync(inRoot('prisma')).filter((name) => name.endsWith('.prisma'));
  return [...schemas.map((name) => inRoot('prisma', name)), inRoot('prisma.config.ts'), inRoot('package-lock.json')].filter((path) => existsSync(path));
}

function prismaClientIsGenerated() {
  return existsSync(inRoot('prisma/generated')) && readStamp().prisma === hashOf(...prismaSources());
}

async function generatePrismaClient() {
  const prisma = hashOf(...prismaSources());
  await run('Generating the database client', [process.execPath, inRoot('node_modules/prisma/build/index.js'), 'generate'], {
    // `generate` needs no engine, but the CLI downloads one unless it is told of an existing file. Only for `generate`:
    // `migrate` would take the file for the engine and end with success, having done nothing.
    env: { PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
    whatToDo: 'Look at prisma/schema.prisma.',
  });
  writeStamp({ prisma });
}

function cacheFolder() {
  return process.env.CLIENT_ONBOARDER_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'client-onboarder');
}

/** Where it was found last time, as long as that is still a place where it would be looked for. */
function programIsThere(name) {
  try {
    const path = readStamp()[name] ?? '';
    accessSync(path, constants.X_OK);
    return path.startsWith(`${cacheFolder()}/`) || (process.env.PATH ?? '').split(delimiter).includes(dirname(path));
  } catch {
    return false;
  }
}

const programs = {
  temporal: 'Looking for Temporal',
  'test-server': 'Looking for the time-skipping Temporal server',
  's3-server': 'Looking for an S3-compatible server for the tests',
  'vault-server': 'Looking for a Vault server for the tests',
};

async function getProgram(name) {
  const output = await run(programs[name], [process.execPath, inRoot('local/run.mjs'), 'local/get-program.ts', name], { showErrors: true });
  writeStamp({ [name]: output.trim() });
}

/** Runs a command, says so, and says how long it has been going. Its output is shown only if it fails. */
function run(label, [program, ...args], { env = {}, whatToDo = '', showErrors = false } = {}) {
  console.log(`${label} ...`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const ticker = showErrors ? undefined : setInterval(() => console.log(`${label}: ${seconds()} s ...`), 15_000);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', showErrors ? 'inherit' : 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (errors += chunk));
    child.once('error', (error) => reject(new SetUpError(`${label} failed: ${program} cannot be started (${error.code ?? error.message}).`)));
    child.once('close', (code) => {
      clearInterval(ticker);
      if (code === 0) return resolve(output);
      if (showErrors) return reject(new SetUpError(`${label} failed; see the lines above.`));
      const tail = `${output}\n${errors}`.trim().split('\n').slice(-15).join('\n');
      reject(new SetUpError(`${tail}\n${label} failed (exit code ${code}). ${whatToDo}`.trim()));
    });
  });
}
