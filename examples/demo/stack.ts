import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetch } from 'undici';
import { readRunningStack, type RunningStackInfo } from '../../local/running-stack.js';
import type { ItGlueAddress } from '../compare.js';
import type { Insides } from './emptiness.js';

/** Where the demo plays: a running stack's addresses and the tokens of its demo tenant. */
export interface StackAddress {
  readonly apiUrl: string;
  readonly itGlue: ItGlueAddress;
  /** Page of the mail catcher: the mailbox of everybody in the story. */
  readonly mailUrl: string;
  readonly users: readonly { readonly role: string; readonly token: string }[];
  readonly insides: Insides;
  /** In words, for the first lines of the story. */
  readonly origin: string;
  /** Ends a stack that was started for the demo and removes its folder; nothing for one that ran before. */
  readonly end: (data: 'remove' | 'keep') => Promise<void>;
}

const projectFolder = path.resolve(import.meta.dirname, '../..');

/**
 * The stack to play on: the one whose data folder is named, else the one that runs in the default folder, else a new one in
 * a temporary folder.
 */
export async function findOrStartStack(named: string | undefined, tell: (line: string) => void): Promise<StackAddress> {
  const folder = path.resolve(named ?? path.join(projectFolder, '.data'));
  const info = readRunningStack(folder);
  if (info && (await answers(info.urls.api))) {
    return { ...(await addressOf(info)), origin: `already running, data in ${folder}`, end: () => Promise.resolve() };
  }
  if (named !== undefined) throw new Error(`No stack runs in ${folder}. Start one with: npm start`);
  return startOwnStack(tell);
}

async function startOwnStack(tell: (line: string) => void): Promise<StackAddress> {
  // Loaded only when needed: a running stack is played on without starting anything.
  const [{ startStack }, { seedDemo }] = await Promise.all([import('../../local/stack.js'), import('../../local/seed.js')]);
  const folder = await mkdtemp(path.join(tmpdir(), 'client-onboarder-demo-'));
  const removed = () => rm(folder, { recursive: true, force: true });
  let phase: 'up' | 'ending' = 'up';
  const report = (line: string) => {
    if (phase === 'up') tell(line);
  };
  const stack = await startStack({ dataFolder: folder, ports: 'ephemeral', report }).catch(async (error: unknown) => {
    await removed();
    throw error;
  });
  const end: StackAddress['end'] = async (data) => {
    phase = 'ending';
    await stack.close();
    if (data === 'remove') await removed();
  };
  try {
    await seedDemo(stack.info);
    return { ...(await addressOf(stack.info)), origin: `started for this demo, data in ${folder}`, end };
  } catch (error) {
    await end('remove');
    throw error;
  }
}

/** Addresses and tokens of a running stack whose demo tenants are there. */
export async function addressOf({ dataFolder, urls, settings }: RunningStackInfo): Promise<Pick<StackAddress, 'apiUrl' | 'itGlue' | 'mailUrl' | 'users' | 'insides'>> {
  const { readDemoTenants } = await import('../../local/seed.js');
  const tenant = readDemoTenants(dataFolder).find((one) => one.tier === 'demo');
  if (!tenant) throw new Error(`The stack in ${dataFolder} has no tenant of the tier "demo", whose retention is seconds`);
  const apiKey = (await readFile(settings['IT_GLUE_API_KEY_FILE']!, 'utf8')).trim();
  if (!urls.mail) throw new Error('The stack sends its mails elsewhere (SMTP_URL), so the demo cannot read the codes that people sign in with');
  const insides = { databaseUrl: settings['DATABASE_URL']!, temporal: { address: urls.temporal, namespace: settings['TEMPORAL_NAMESPACE'] ?? 'default' } };
  return { insides, apiUrl: urls.api, mailUrl: urls.mail, itGlue: { url: urls.itGlue!, apiKey }, users: tenant.users };
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/livez`, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false);
}
