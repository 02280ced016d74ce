/** The servers that are not ours: PostgreSQL, Temporal and IT Glue's stand-in, each a process of its own as in earnest, and a mail server. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMailCatcher, type MailCatcher } from '../../sandbox/mail/index.js';
import { freePorts } from '../../local/ports.js';
import { findTemporalCli } from '../../local/temporal-binaries.js';
import { untilTemporalServes } from '../../local/temporal-health.js';
import { searchAttributes } from '../../workflows/contract.js';
import { createDatabase, dropDatabase, postgresServer } from './postgres.js';
import { Processes } from './processes.js';

const root = new URL('../../', import.meta.url).pathname;
const HOST = '127.0.0.1';

export interface Servers {
  /** For everything that is started on these servers; ends with them. */
  readonly processes: Processes;
  /** A folder of the test's own; removed in the end. */
  readonly folder: string;
  readonly databaseUrl: string;
  /** Another database, for the wrapped data keys. */
  readonly keyStoreUrl: string;
  readonly temporalAddress: string;
  readonly itGlue: { readonly url: string; readonly webUrl: string; readonly apiKey: string };
  /** A mail server, and the page on which its mails are read. */
  readonly mail: { readonly smtpUrl: string; readonly webUrl: string };
  /** Stops everything. @throws naming the processes that had ended by themselves */
  close(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'client-onboarder-servers-'));
  // PostgreSQL runs as another user, who has to get to its folder below.
  chmodSync(folder, 0o711);
  const processes = new Processes();
  const suffix = randomBytes(4).toString('hex');
  const databases = { data: `client_onboarder_${suffix}`, keys: `client_onboarder_keys_${suffix}` };
  let postgres: string | undefined;
  let mail: MailCatcher | undefined;

  async function close(): Promise<void> {
    const ends = processes.unexpectedEnds();
    const first = processes.stopAll();
    if (process.env['TEST_POSTGRES_URL'] && postgres) for (const name of Object.values(databases)) await dropDatabase(postgres, name);
    await first;
    await mail?.close();
    rmSync(folder, { recursive: true, force: true });
    if (ends.length > 0) throw new Error(ends.join('\n\n'));
  }

  try {
    const ports = await freePorts();
    mkdirSync(join(folder, 'postgres'));
    mail = await startMailCatcher();
    postgres = await postgresServer(processes, join(folder, 'postgres'), ports.postgres);
    return {
      processes,
      folder,
      databaseUrl: await createDatabase(postgres, databases.data),
      keyStoreUrl: await createDatabase(postgres, databases.keys),
      temporalAddress: await startTemporal(processes, folder, ports.temporal),
      itGlue: await startItGlue(processes),
      mail,
      close,
    };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

async function startTemporal(processes: Processes, folder: string, port: number): Promise<string> {
  const cli = await findTemporalCli((line) => console.error(line));
  const address = `${HOST}:${port}`;
  await processes.start({
    name: 'Temporal',
    command: cli,
    args: [
      ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--headless', '--log-level', 'error'],
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
      ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    ],
    cwd: folder,
    probe: (signal) => untilTemporalServes(address, signal),
  });
  return address;
}

async function startItGlue(processes: Processes): Promise<Servers['itGlue']> {
  const { ready } = await processes.start({
    name: 'The IT Glue stand-in',
    command: process.execPath,
    args: [join(root, 'local/run.mjs'), 'sandbox/main.ts', '--port', '0'],
    cwd: root,
  });
  return ready as Servers['itGlue'];
}
