/** How each part of the stack is started: its command line, its environment, and how one sees that it is ready. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartSpec } from './part.js';
import type { Ports } from './ports.js';
import { readSecret, type Secrets } from './secrets.js';
import { untilTemporalServes } from './temporal-health.js';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const HOST = '127.0.0.1';

export interface Place {
  dataFolder: string;
  ports: Ports;
  secrets: Secrets;
  /** The environment that the stack was started with. */
  env: NodeJS.ProcessEnv;
}

/** A part written in TypeScript. */
function node(place: Place, name: string, label: string, entry: string, args: readonly string[] = []): PartSpec {
  return {
    name,
    label,
    command: process.execPath,
    args: [join(root, 'local/run.mjs'), entry, ...args],
    env: place.env,
    cwd: root,
    logFile: join(place.dataFolder, 'logs', `${name}.log`),
    readyWithinMs: 60_000,
    graceMs: 10_000,
  };
}

export function postgresSpec(place: Place): PartSpec {
  const folder = join(place.dataFolder, 'postgres');
  const args = ['--data', folder, '--host', HOST, '--port', String(place.ports.postgres), '--password-file', place.secrets['postgres-password']];
  return node(place, 'postgres', 'PostgreSQL', 'local/postgres.ts', args);
}

export function embeddedDatabaseUrl(place: Place): string {
  return `postgresql://postgres:${readSecret(place.secrets, 'postgres-password')}@${HOST}:${place.ports.postgres}/postgres`;
}

/** @param searchAttributes registered on the server when it is made; name to type as the CLI's --search-attribute takes them */
export function temporalSpec(place: Place, cli: string, searchAttributes: Readonly<Record<string, string>>): PartSpec {
  const { ports } = place;
  return {
    name: 'temporal',
    label: 'Temporal',
    command: cli,
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', String(ports.temporal), '--ui-port', String(ports.temporalUi)],
      ...['--db-filename', join(place.dataFolder, 'temporal.db'), '--log-level', 'warn'],
      ...['--ui-codec-endpoint', `http://${HOST}:${ports.codec}`],
      // Sends nothing home at start-up.
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
      // A deleted history is gone only after the server has noted how far its queues came: by default twice a minute.
      ...['transfer', 'visibility'].flatMap((queue) => ['--dynamic-config-value', `history.${queue}ProcessorUpdateAckInterval="2s"`]),
      // And it may go while the server has something left to do that began before it: otherwise one deletion that has to wait holds
      // up all after it, each longer than the one before. Nothing of ours hears of the end of an execution that is deleted.
      ...['--dynamic-config-value', 'history.transferProcessorEnsureCloseBeforeDelete=false'],
      ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    env: place.env,
    cwd: root,
    logFile: join(place.dataFolder, 'logs', 'temporal.log'),
    probe: (signal) => untilTemporalServes(`${HOST}:${ports.temporal}`, signal),
    readyWithinMs: 60_000,
    graceMs: 10_000,
  };
}

export function itGlueSpec(place: Place): PartSpec {
  const args = ['--port', String(place.ports.itGlue), '--data', join(place.dataFolder, 'it-glue', 'records.json'), '--api-key', readSecret(place.secrets, 'it-glue-api-key')];
  return node(place, 'it-glue', 'The IT Glue stand-in', 'sandbox/main.ts', args);
}

export function mailSpec(place: Place): PartSpec {
  const args = ['--smtp-port', String(place.ports.smtp), '--web-port', String(place.ports.mail), '--data', join(place.dataFolder, 'mail')];
  return node(place, 'mail', 'The mail catcher', 'sandbox/mail/main.ts', args);
}

/**
 * What a worker took while it worked hard goes back when it has less to do: one arena of memory for all threads instead of one for
 * each, and limits that stay where they are. Left to itself glibc moves them up with what is freed, and gives less and less back.
 */
const givesMemoryBack = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** In MB. Usually V8 makes it up to 16, in each of the worker's two heaps, and keeps it so for minutes after the last work. */
const smallYoungGeneration = '--max-semi-space-size=4';

export function workerSpec(place: Place, settings: NodeJS.ProcessEnv): PartSpec {
  const spec = node(place, 'worker', 'The worker', 'worker/main.ts');
  const env = without({ ...place.env, ...settings }, ['IT_GLUE_API_KEY_FILE', 'IT_GLUE_PUBLIC_KEY_FILE']);
  return { ...spec, args: [smallYoungGeneration, ...spec.args], env: { ...givesMemoryBack, ...env } };
}

export function apiSpec(place: Place, settings: NodeJS.ProcessEnv): PartSpec {
  // The API never holds an IT Glue key, not even the path of one, nor of what opens one.
  const env = without({ ...place.env, ...settings }, ['IT_GLUE_API_KEY_FILE', 'IT_GLUE_PRIVATE_KEY_FILE']);
  // One arena for all threads: with one for each, as glibc has it, an import leaves some 60 MB more that nobody gets back.
  return { ...node(place, 'api', 'The API', 'api/server.ts'), env: { MALLOC_ARENA_MAX: '1', ...env } };
}

function without(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}
