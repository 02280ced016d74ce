/** All places in which something of a client could be found, and how each is looked into. */
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import PostalMime from 'postal-mime';
import { readKeyFile, type Store } from '../../store/index.js';
import { EncryptionCodec } from '../../temporal/payload-codec.js';
import { apiAnswers } from './answers.js';
import { searchDump, searchOpened, type Found, type Look } from './database.js';
import { filesBelow, newFilesIn, searchFiles } from './files.js';
import { searchMetrics } from './metrics.js';
import type { World } from './people.js';
import type { Search } from './search.js';
import { searchTemporal } from './temporal.js';

export const places = [
  'database files', 'database dump', 'database opened', 'previews', 'attachment storage', 'key store', 'secrets', 'Temporal files', 'Temporal histories',
  'Temporal histories decoded', 'Temporal lists', 'logs', 'crash output', 'mails', 'temporary files', 'other files', 'metrics', 'API answers', 'refusals', 'saved downloads', 'IT Glue account',
] as const;
export type Place = (typeof places)[number];

/** `before`: on hold, right before the purge. `after`: purged. `restored`: after a backup from before was put back. */
export const phases = ['before', 'after', 'restored'] as const;
export type Phase = (typeof phases)[number];

const root = join(import.meta.dirname, '../..');

export interface Looked extends Look {
  readonly place: Place;
  readonly phase: Phase;
}

/** Folders and files of the data folder that are places of their own; anything else is `other files`. */
const inDataFolder: readonly (readonly [Place, RegExp])[] = [
  ['database files', /^postgres\//],
  ['key store', /^keys\//],
  ['secrets', /^(secrets\/|stack\.json)/],
  ['Temporal files', /^temporal\.db/],
  ['logs', /^logs\//],
  ['mails', /^mail\//],
  ['IT Glue account', /^it-glue\//],
];

/** @param clientIds whose data the API is asked for, once it must be gone */
export async function lookAround(world: World, search: Search, phase: Phase, clientIds: readonly string[]): Promise<Looked[]> {
  const { stack } = world;
  const looks: Looked[] = [];
  const add = (place: Place, look: Look) => void looks.push({ place, phase, ...look });
  await stack.withQuery((query) => query('CHECKPOINT'));

  const files = await filesBelow(stack.data);
  const placeOf = (file: string): Place => inDataFolder.find(([, own]) => own.test(file))?.[0] ?? 'other files';
  for (const place of new Set<Place>([...inDataFolder.map(([one]) => one), 'other files'])) {
    if (place === 'mails') add(place, await searchMails(join(stack.data, 'mail'), search));
    else add(place, await searchFiles(stack.data, search, files.filter((file) => placeOf(file) === place)));
  }
  add('attachment storage', await searchFiles(stack.s3.folder, search));
  add('temporary files', await searchTemporary(world, search));
  add('saved downloads', await searchFiles(stack.saved, search));
  add('crash output', await searchCrashes(world, search));
  add('metrics', await searchMetrics(world, search));
  add('refusals', searchRefusals(world, search));

  add('database dump', await stack.withQuery((query) => searchDump(query, search)));
  const opened = await withStore(world, (store) => stack.withQuery((query) => searchOpened(query, store.vault, search)));
  const isPreview = ({ where }: Found) => where.startsWith('Preview.');
  add('database opened', { ...opened, found: opened.found.filter((one) => !isPreview(one)) });
  add('previews', { ...opened, found: opened.found.filter(isPreview) });

  const temporal = await lookIntoTemporal(world, search);
  add('Temporal histories', temporal.raw);
  add('Temporal histories decoded', temporal.decoded);
  add('Temporal lists', temporal.listed);
  add('API answers', await apiAnswers(world, search, clientIds));
  return looks;
}

/** A store of one's own for each look: a vault keeps keys in memory for a minute. */
async function withStore<T>({ stack }: World, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await stack.openStore();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

export async function withTemporal<T>({ stack }: World, work: (connection: Connection, codec: EncryptionCodec, namespace: string) => Promise<T>): Promise<T> {
  const { settings, urls } = stack.info;
  const connection = await Connection.connect({ address: urls.temporal });
  try {
    return await work(connection, new EncryptionCodec(await readKeyFile(settings['PAYLOAD_KEY_FILE']!)), settings['TEMPORAL_NAMESPACE']!);
  } finally {
    await connection.close();
  }
}

const lookIntoTemporal = (world: World, search: Search) => withTemporal(world, (connection, codec, namespace) => searchTemporal(connection, namespace, codec, search));

/** Each mail as it was sent and as its reader sees it. Where: to whom. */
async function searchMails(folder: string, search: Search): Promise<Look> {
  const found: Found[] = [];
  let [items, bytes] = [0, 0];
  for (const file of await filesBelow(folder)) {
    const raw = await readFile(join(folder, file));
    items += 1;
    bytes += raw.length;
    if (!file.endsWith('.eml')) continue;
    const { to, subject, text, html } = await PostalMime.parse(raw);
    const reader = to?.[0]?.address ?? '';
    const hits = [...search.in(raw), ...search.inText([subject, text, html].join('\n'))];
    found.push(...hits.map((hit) => ({ ...hit, where: search.inText(reader)[0]?.canary?.field ?? reader })));
  }
  return { found, items, bytes };
}

/** What refused requests were answered. */
function searchRefusals({ refusals }: World, search: Search): Look {
  const found = refusals.flatMap(({ of, answer }) => search.inText(answer).map((hit) => ({ ...hit, where: of })));
  return { found, items: refusals.length, bytes: refusals.reduce((sum, { answer }) => sum + answer.length, 0) };
}

/** The folder that every process was told to use, and what has come up since the start where one could write without being told. */
async function searchTemporary({ stack }: World, search: Search): Promise<Look> {
  const looks = await Promise.all([
    searchFiles(stack.temporary, search),
    ...[...new Set([tmpdir(), '/tmp', '/var/tmp', root])].map(async (folder) => searchFiles(folder, search, await newFilesIn(folder, stack.startedAt, stack.own))),
  ]);
  return { found: looks.flatMap(({ found }) => found), items: looks.reduce((sum, { items }) => sum + items, 0), bytes: looks.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** What dying parts wrote, and what a crash may leave where they ran: core files and reports of Node. */
async function searchCrashes({ stack }: World, search: Search): Promise<Look> {
  const left = (await readdir(root)).filter((name) => /^(core(\.\d+)?|report\..*\.json|.*\.heapsnapshot|isolate-.*\.log)$/.test(name));
  const written = stack.crashes.flatMap(({ part, output }) => search.inText(output).map((hit) => ({ ...hit, where: part })));
  const files = await searchFiles(root, search, left);
  return { found: [...written, ...files.found], items: stack.crashes.length + files.items, bytes: files.bytes + stack.crashes.reduce((sum, { output }) => sum + output.length, 0) };
}
