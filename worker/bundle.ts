import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { failureConverterPath } from '../temporal/connection.js';

const here = dirname(fileURLToPath(import.meta.url));
const extension = extname(fileURLToPath(import.meta.url));

/** The workflows' entry: TypeScript in development, JavaScript when built. */
export const workflowsPath = join(here, '..', 'workflows', `index${extension}`);

/** The bundle that `npm run build` leaves beside the compiled worker; there is none beside the source. */
export const builtBundlePath = join(here, 'workflow-bundle.js');

/**
 * Every module is evaluated once for all workflows of a process and frozen; none of ours keeps state outside its functions (a
 * lint rule). By default the SDK evaluates all but its own core anew whenever it begins with a workflow, each time for its own memory.
 */
const form = { workflowsPath, failureConverterPath, preloadModules: [workflowsPath, failureConverterPath] };

/**
 * The workflow bundle: the built one, if there is one. Otherwise bundling takes a second or two, so it is kept by the hash of
 * everything that goes into it and used again as long as nothing of that has changed.
 */
export async function workflowBundle(): Promise<{ code: string }> {
  const built = await readFile(builtBundlePath, 'utf8').catch(() => null);
  if (built !== null) return { code: built };
  const file = join(cacheFolder(), `${await sourceHash()}.js`);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return { code: kept };
  const { code } = await makeBundle();
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, code, { mode: 0o600 });
  await rename(temporary, file);
  return { code };
}

export function makeBundle(): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({ ...form, logger: quiet });
}

function cacheFolder(): string {
  const base = process.env['CLIENT_ONBOARDER_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? tmpdir(), '.cache'), 'client-onboarder');
  return join(base, 'workflow-bundles');
}

/** Over the sources of the two rooms that are bundled, how they are, the failure converter and the SDK's version. */
async function sourceHash(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of ['domain', 'workflows']) await hashFolder(join(here, '..', folder), hash);
  hash.update(JSON.stringify(form)).update(await readFile(failureConverterPath));
  hash.update(await readFile(fileURLToPath(import.meta.resolve('@temporalio/worker')).replace(/lib\/index\.js$/, 'package.json')));
  return hash.digest('hex').slice(0, 32);
}

async function hashFolder(folder: string, hash: ReturnType<typeof createHash>): Promise<void> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await hashFolder(path, hash);
    else hash.update(entry.name).update(await readFile(path));
  }
}

const silent = () => undefined;
const quiet = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: silent };
