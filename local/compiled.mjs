/** Bundles of the project's own sources, kept under node_modules until a source changes. Packages stay outside of them. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const kept = join(root, 'node_modules/.cache/client-onboarder/compiled');
const KEEP_VERSIONS = 3;
const NOT_SOURCES = new Set(['node_modules', 'dist', 'coverage', 'docs', 'test']);
const SOURCE = /\.(ts|mts|mjs|cjs)$/;

export async function compiled(entry) {
  const name = relative(root, resolve(root, entry)).replace(/\.ts$/, '');
  const folder = join(kept, sourcesHash(), name.replaceAll(/[\\/]/g, '_'));
  const file = join(folder, 'entry.js');
  if (existsSync(file)) return file;
  const part = `${folder}.${process.pid}.part`;
  try {
    await bundle(resolve(root, entry), part);
    renameSync(part, folder);
  } catch (error) {
    // Another process may have been quicker; its result is the same.
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  forgetOldVersions();
  return file;
}

async function bundle(entry, folder) {
  const { build } = await import('esbuild');
  mkdirSync(dirname(folder), { recursive: true });
  await build({
    entryPoints: { entry },
    outdir: folder,
    bundle: true,
    packages: 'external',
    // Keeps what is imported lazily in files of its own.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    plugins: [{ name: 'keep-places', setup: keepPlaces }],
  });
}

/** A source finds the files beside it (migrations, workflows) by `import.meta`, which must go on to name the source. */
function keepPlaces(build) {
  build.onLoad({ filter: SOURCE }, ({ path }) => {
    const places = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
    const contents = readFileSync(path, 'utf8').replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, name) => JSON.stringify(places[name]));
    return { contents, loader: path.endsWith('ts') ? 'ts' : 'js', resolveDir: dirname(path) };
  });
}

function sourcesHash() {
  const hash = createHash('sha256').update(process.version);
  for (const name of ['package-lock.json', 'tsconfig.json']) if (existsSync(join(root, name))) hash.update(readFileSync(join(root, name)));
  for (const item of readdirSync(root, { withFileTypes: true })) {
    if (item.isDirectory() && !item.name.startsWith('.') && !NOT_SOURCES.has(item.name)) hashFolder(join(root, item.name), hash);
  }
  return hash.digest('hex').slice(0, 20);
}

function hashFolder(folder, hash) {
  for (const item of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, item.name);
    if (item.isDirectory()) hashFolder(path, hash);
    else if (SOURCE.test(item.name)) hash.update(`\0${path}\0`).update(readFileSync(path));
  }
}

/** A bundle of an older version may still be loading lazily in a running stack; hence more than one is kept. */
function forgetOldVersions() {
  const versions = readdirSync(kept).map((name) => ({ path: join(kept, name), time: statSync(join(kept, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  for (const { path } of versions.sort((a, b) => b.time - a.time).slice(KEEP_VERSIONS)) rmSync(path, { recursive: true, force: true });
}
