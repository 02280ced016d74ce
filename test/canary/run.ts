/** One run: plants, plays the whole life, looks around before and after the purge and after a backup was put back. */
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { templateNames, type TemplateName } from '../../domain/mail/templates.js';
import { openDatabase } from '../../local/postgres-folder.js';
import { runToEnd } from '../../local/run-to-end.js';
import { FolderKeyStore } from '../../store/vault/folder-key-store.js';
import { LocalKeyEncryption } from '../../store/vault/local-key-encryption.js';
import { readKeyFile, Vault } from '../../store/index.js';
import { placeless } from './answers.js';
import { collect } from './collecting.js';
import { searchDump, searchOpened, type Look } from './database.js';
import { deleteEarly, hold, isGone, purge, purgeNow, sendMorningMails } from './ending.js';
import { download, downloadLists, exportClient } from './exporting.js';
import { afterInterruption, interruptPurge } from './interrupted.js';
import { as, sendBroken, type World } from './people.js';
import { lookAround, withTemporal, type Looked, type Place } from './places.js';
import { allowedBy, judge, type Finding } from './rules.js';
import { Search } from './search.js';
import { CanaryStack, until } from './stack.js';
import { Canaries } from './words.js';

export interface CanaryResult {
  readonly planted: Readonly<Record<string, string>>;
  readonly unplanted: Readonly<Record<string, string>>;
  readonly places: readonly { readonly place: Place; readonly phase: Looked['phase']; readonly items: number; readonly bytes: number; readonly meant: number; readonly findings: number }[];
  readonly crashes: readonly { readonly part: string; readonly signal: string }[];
  readonly backup: { readonly sealedValues: number; readonly openedWithPresentKeys: number; readonly openedWithKeysFromBefore: number };
  /** Tables that still name one of the clients after the purge or after the restored backup, and need not. */
  readonly tablesLeft: readonly string[];
  /** Clients that the API still knew after the backup was put back. */
  readonly returnedWithBackup: readonly string[];
  readonly findings: readonly Finding[];
  /** What else was not as it must be, in words. */
  readonly wrong: readonly string[];
  readonly seconds: number;
}

export async function runCanary(report: (line: string) => void): Promise<CanaryResult> {
  const started = Date.now();
  const stack = await CanaryStack.open(report);
  try {
    const world: World = { stack, canaries: new Canaries(), refusals: [], report };
    return { ...(await play(world)), seconds: Math.round((Date.now() - started) / 1_000) };
  } finally {
    await stack.close();
  }
}

async function play(world: World): Promise<Omit<CanaryResult, 'seconds'>> {
  const { stack, canaries, report } = world;
  const search = new Search(canaries);
  await slowDownRetention(world);
  await plantControls(world);
  const interrupted = await interruptPurge(world);
  const collected = await collect(world);
  const early = await deleteEarly(world);
  await exportClient(world, collected, async () => {
    await rotateKeys(world);
    await downloadLists(world);
  });
  await hold(world, collected);
  await download(world, collected);
  await sendMorningMails(world);

  report('looking around before the purge, and taking a backup');
  const clientIds = [collected.clientId, early];
  const wrongBefore = [...(await emptyTables(world, clientIds)), ...(await unsentMails(world)), ...(await placeless(world, clientIds))];
  const before = await lookAround(world, search, 'before', clientIds);
  const [backup, keysBefore] = [await stack.backUpDatabase('backup'), await stack.backUpKeys()];

  report('release, warning, and the purge of both clients');
  await purgeNow(world, early);
  await purge(world, collected);
  await until('the early client is gone', () => isGone(as(world, 'manager'), early));
  const wrongAfter = await afterInterruption(world, interrupted);
  const removed = [...clientIds, interrupted.clientId];

  report('looking around after the purge');
  const after = await lookAround(world, search, 'after', removed);
  const tablesLeft = await tablesNaming(world, removed);
  const opened = await openBackup(world, search, backup, keysBefore);

  report('putting the backup back and starting again');
  await stack.restoreDatabase(backup);
  const returned = await stillThere(world, clientIds);
  // Temporal removes histories behind its answer, by and by.
  await until('the histories are gone', async () => (await historiesOf(world, removed)).length === 0);
  const restored = await lookAround(world, search, 'restored', clientIds);
  tablesLeft.push(...(await tablesNaming(world, clientIds)));

  const looks = [...before, ...after, ...restored, ...opened.looks];
  const findings = looks.flatMap((look) => judge(look, canaries.all));
  return {
    planted: Object.fromEntries(canaries.all.map(({ field, form }) => [field, form])),
    unplanted: Object.fromEntries(canaries.unplanted),
    places: looks.map((look) => ({
      place: look.place,
      phase: look.phase,
      items: look.items,
      bytes: look.bytes,
      meant: new Set(look.found.filter((hit) => allowedBy(look, hit) !== null).map(({ canary }) => canary!.field)).size,
      findings: judge(look, canaries.all).length,
    })),
    crashes: stack.crashes.map(({ part, signal }) => ({ part, signal })),
    backup: opened.counts,
    tablesLeft,
    returnedWithBackup: returned,
    findings,
    wrong: [
      ...wrongBefore,
      ...wrongAfter,
      ...(opened.counts.openedWithKeysFromBefore === 0 ? ['the backup did not open with the keys of its time either, so that it proves nothing'] : []),
      ...(opened.counts.openedWithPresentKeys > 0 ? [`${opened.counts.openedWithPresentKeys} values of the purged clients in the backup open with the present keys`] : []),
      ...tablesLeft.map((table) => `rows of a purged client are left in ${table}`),
      ...returned.map((id) => `client ${id} came back with the backup`),
      ...looks.filter((look) => look.items === 0 && look.place !== 'metrics' && look.place !== 'other files').map(({ place, phase }) => `nothing was looked at: ${place}, ${phase}`),
    ],
  };
}

/** The demo's tier keeps data for seconds; on a busy machine that is not enough to look around. Warnings come soon after a release all the same. */
async function slowDownRetention({ stack }: World): Promise<void> {
  const warnings = '{598,595,590,580,570,560,550,540,520,500}';
  await stack.withQuery((query) => query(`UPDATE "Tier" SET "retentionSeconds" = 600, "restoreSeconds" = 600, "warningSeconds" = '${warnings}' WHERE "id" = 'demo'`));
}

/** What is there in clear, or is known to be: if a look does not find these, it finds nothing else either. */
async function plantControls(world: World): Promise<void> {
  const { stack, canaries } = world;
  const control = (what: string) => canaries.make(`control: ${what}`).core;
  const tenant = control('tenant');
  await stack.withQuery((query) => query(`UPDATE "Tenant" SET "name" = 'Harbor ${tenant}' WHERE "id" = '${stack.tenant.id}'`));
  await sendBroken(world, 'manager', 'GET', '/v1/me', '', { 'x-request-id': control('request id') });
  const [workflowId, input, file] = [control('workflow id'), control('workflow input'), control('file')];
  for (const folder of [stack.s3.folder, stack.temporary, stack.info.settings['KEY_STORE_DIR']!]) await writeFile(join(folder, 'control.txt'), file);
  await withTemporal(world, async (connection, codec, namespace) => {
    const client = new Client({ connection, namespace, dataConverter: { payloadCodecs: [codec] } });
    // No worker takes from this queue: the workflow is there and does nothing.
    await client.workflow.start('control', { workflowId: `control/${workflowId}`, taskQueue: 'control', args: [input] });
  });
}

/** As an operator does it, while everything runs. */
async function rotateKeys({ stack, report }: World): Promise<void> {
  report('rotation of the key-encryption key');
  const root = join(import.meta.dirname, '../..');
  const { code, output } = await runToEnd(process.execPath, [join(root, 'local/run.mjs'), 'local/keys.ts', 'rotate', '--data', stack.data], { env: process.env, cwd: root, deadlineMs: 60_000 });
  if (code !== 0) throw new Error(`The keys could not be rotated: ${output}`);
}

/** The backup as somebody may find it later: with the keys that there are now, and, to compare, with those of its own time. */
async function openBackup(world: World, search: Search, backup: string, keysBefore: string): Promise<{ looks: Looked[]; counts: CanaryResult['backup'] }> {
  const { settings } = world.stack.info;
  const copy = `${backup}-opened`;
  await cp(backup, copy, { recursive: true });
  const { db, close } = await openDatabase(copy);
  const query = async (sql: string) => (await db.query<Record<string, unknown>>(sql)).rows;
  const withKeys = async (folder: string) => {
    const vault = new Vault(await LocalKeyEncryption.fromFile(settings['KEY_ENCRYPTION_KEY_FILE']!), new FolderKeyStore(folder), await readKeyFile(settings['NAME_HASH_KEY_FILE']!));
    return searchOpened(query, vault, search);
  };
  try {
    const dump = await searchDump(query, search);
    const [now, then] = [await withKeys(settings['KEY_STORE_DIR']!), await withKeys(keysBefore)];
    const look = (place: Place, seen: Look): Looked => ({ ...seen, place, phase: 'after' });
    const ofCatalogue = (seen: Look) => seen.found.filter((hit) => allowedBy({ place: 'database opened', phase: 'after' }, hit) === null).length;
    return {
      looks: [look('database dump', dump), look('database opened', now)],
      counts: { sealedValues: now.items + now.keyGone, openedWithPresentKeys: ofCatalogue(now), openedWithKeysFromBefore: ofCatalogue(then) },
    };
  } finally {
    await close();
  }
}

/** Workflows of the clients that Temporal still has. The purge itself is left: it cannot remove its own history, which holds ids and counts. */
const historiesOf = (world: World, clientIds: readonly string[]) =>
  withTemporal(world, async (connection, _codec, namespace) => {
    const { executions } = await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1_000 });
    const ids = (executions ?? []).map(({ execution }) => execution?.workflowId ?? '');
    return ids.filter((id) => clientIds.some((client) => id.includes(client)) && !id.startsWith('purge/'));
  });

/** Tables that this client leaves empty, and the test that fills them before a purge. */
const filledElsewhere: Readonly<Record<string, string>> = {
  AttachmentChunk: 'files lie in the object storage here; test/store/purge.test.ts',
  DownloadChunk: 'files lie in the object storage here; test/store/purge.test.ts',
  ImportBlock: 'rows of an import only while it is carried out; test/store/purge.test.ts',
  SpellingChoice: 'ids and a choice, nothing that somebody typed; test/store/purge.test.ts',
  Reminder: 'ids and times, after two days of silence; test/store/purge.test.ts',
  SweepFinding: 'ids and times, when database and workflow disagree; test/store/purge.test.ts',
};

/** A table with no row of a client before the purge shows nothing after it. */
async function emptyTables({ stack }: World, clientIds: readonly string[]): Promise<string[]> {
  return stack.withQuery(async (query) => {
    const tables = await query(`SELECT c.table_name AS name FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.column_name = 'clientId' AND c.data_type = 'uuid' ORDER BY 1`);
    const empty: string[] = [];
    for (const { name } of tables) {
      const [row] = await query(`SELECT count(*)::int AS n FROM "${String(name)}" WHERE "clientId" IN (${clientIds.map((id) => `'${id}'`).join(', ')})`);
      if (row!['n'] === 0 && !lasting.includes(String(name)) && !(String(name) in filledElsewhere)) empty.push(`no row of a client was in ${String(name)} before the purge, so that it proves nothing about it`);
    }
    return empty;
  });
}

/** Mails that this run does not send, and why. */
const sentElsewhere: Partial<Record<TemplateName, string>> = {
  password_reset: 'about no client',
  key_refused: 'about no client',
  key_near_lapse: 'about no client',
  sweep_report: 'about no client',
  reminder: 'after two days of silence; names companies; test/workflows/reminders.test.ts',
  reassigned: 'says no more than `assigned`; test/store/mail',
};

/** A mail that was not sent shows nothing of what it would say. */
async function unsentMails({ stack }: World): Promise<string[]> {
  const rows = await stack.withQuery((query) => query(`SELECT DISTINCT "template" FROM "Mail" WHERE "state" = 'sent'`));
  const sent = new Set(rows.map((row) => String(row['template'])));
  return templateNames.filter((name) => !sent.has(name) && !(name in sentElsewhere)).map((name) => `no mail ${name} was sent, so that nothing is shown about what it says`);
}

/** What is meant to stay of a purged client: see docs/erasure.md. */
const lasting = ['ExportRecord', 'AuditEntry', 'Removal'];

/** Without its key nothing in such a row can be read; all the same none should be left. */
async function tablesNaming({ stack }: World, clientIds: readonly string[]): Promise<string[]> {
  return stack.withQuery(async (query) => {
    const tables = await query(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`);
    const naming: string[] = [];
    for (const { name } of tables) {
      const [row] = await query(`SELECT count(*)::int AS n FROM "${String(name)}" t WHERE ${clientIds.map((id) => `t::text LIKE '%${id}%'`).join(' OR ')}`);
      if (Number(row!['n']) > 0 && !lasting.includes(String(name))) naming.push(String(name));
    }
    return naming;
  });
}

/** Asked as soon as the API answers at all: what a backup brought back must never be served. */
async function stillThere(world: World, clientIds: readonly string[]): Promise<string[]> {
  const manager = as(world, 'manager');
  const there: string[] = [];
  for (const id of clientIds) if (!(await isGone(manager, id))) there.push(id);
  return there;
}
