/** `npm run build`: compiles the product to `dist/` (`--out FOLDER`), for machines that have production dependencies only. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

/** What is compiled; tsconfig.build.json names the same entries. */
const entries = { migrate: 'local/migrate.js', keys: 'local/keys.js', audit: 'local/audit.js', tenant: 'local/tenant.js', api: 'api/server.js', worker: 'worker/main.js' } as const;
const USAGE = 'Usage: npm run build -- [--out FOLDER]';
const root = fileURLToPath(new URL('..', import.meta.url));

class BuildError extends Error {}

function outFolder(): string {
  try {
    return resolve(root, parseArgs({ options: { out: { type: 'string', default: 'dist' } } }).values.out);
  } catch (error) {
    throw new BuildError(`${(error as Error).message.split('. ')[0]}. ${USAGE}`);
  }
}

/** An older build is replaced; anything else in that place belongs to somebody. */
function checkReplaceable(out: string): void {
  const there = statSync(out, { throwIfNoEntry: false });
  if (there === undefined) return;
  if (there.isDirectory() && (readdirSync(out).length === 0 || existsSync(join(out, entries.worker)))) return;
  throw new BuildError(`${out} is not an older build; choose another folder with --out. Nothing was changed.`);
}

function compile(out: string): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', out], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new BuildError(error ? `The compiler cannot be started: ${error.message}` : 'The build stopped at the errors above.');
}

/** What the compiled rooms read from beside them: migrations, data files, CommonJS. Of `local/` only the migration is built. */
function copyOtherFiles(out: string): void {
  for (const room of readdirSync(out).filter((name) => name !== 'local')) {
    cpSync(join(root, room), join(out, room), { recursive: true, filter: (path) => statSync(path).isDirectory() || !/\.m?ts$/.test(path) });
  }
}

/** By the compiled worker itself, so that the bundle is of the compiled workflows. */
async function bundleWorkflows(out: string): Promise<void> {
  const bundle = (await import(pathToFileURL(join(out, 'worker/bundle.js')).href)) as { builtBundlePath: string; makeBundle(): Promise<{ code: string }> };
  writeFileSync(bundle.builtBundlePath, (await bundle.makeBundle()).code);
}

async function build(): Promise<string> {
  const out = outFolder();
  checkReplaceable(out);
  // Beside the packages, which the bundling needs; `out` may be anywhere.
  const part = join(root, `dist.${process.pid}.part`);
  try {
    compile(part);
    copyOtherFiles(part);
    await bundleWorkflows(part);
    rmSync(out, { recursive: true, force: true });
    moveFolder(part, out);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  return out;
}

/** Also to another file system, where renaming cannot move it. */
function moveFolder(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    cpSync(from, to, { recursive: true });
  }
}

try {
  const out = await build();
  const shown = relative('', out).startsWith('..') ? out : relative('', out) || '.';
  const start = (entry: string) => `\`node ${join(shown, entry)}\``;
  console.log(`Built into ${shown} in ${process.uptime().toFixed(0)} s. Start it with ${start(entries.migrate)} once, then ${start(entries.api)} and ${start(entries.worker)}; settings are in docs/settings.md.`);
} catch (error) {
  console.error(error instanceof BuildError ? error.message : error);
  process.exitCode = 1;
}
