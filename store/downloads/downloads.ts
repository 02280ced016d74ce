import { downloadLimits, type DownloadChoice, type DownloadFormat, type DownloadState, type Inclusion } from '../../domain/downloads.js';
import type { Actor } from '../../domain/roles.js';
import type { Stage } from '../../domain/stages.js';
import type { Download as DownloadRow } from '../../prisma/generated/client.js';
import { appendAudit } from '../audit.js';
import { getClientRow, lockClient, ofClient, type ClientKey } from '../client-row.js';
import { inTransaction, type Store, type StoreContext } from '../context.js';
import { notFound, Refusal } from '../errors.js';
import { objectPrefix } from '../files/keys.js';
import { newId } from '../ids.js';
import { tellOfReveal } from '../mail/shown-secrets.js';

/** A download as people see it. */
export interface Download extends DownloadChoice {
  readonly id: string;
  readonly state: DownloadState;
  readonly rows: { readonly done: number; readonly total: number | null };
  readonly files: { readonly done: number; readonly total: number | null };
  /** Bytes; null until it is ready. */
  readonly size: number | null;
  /** The version of the client's data that it holds. */
  readonly dataVersion: number | null;
  /** Somebody changed the data while it was read: some of it may be older than the rest. */
  readonly changedMeanwhile: boolean;
  readonly problem: string | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly builtAt: Date | null;
  readonly expiresAt: Date;
}

export interface NewDownload extends DownloadChoice {
  /** Sealed to the workers for `passphrasePlace`; null without passwords. */
  readonly seal: ((downloadId: string) => Promise<Uint8Array>) | null;
  readonly expiresAt: Date;
}

/** What a sealed passphrase is bound to: at another download it does not open. */
export const passphrasePlace = ({ tenantId, clientId }: ClientKey, downloadId: string): readonly string[] => ['Download', tenantId, clientId, downloadId];

export const passphraseField = (id: string) => ({ table: 'Download', row: id, field: 'passphrase' });

/**
 * Notes that somebody wants a download, for a worker to build. One with passwords is told to the client's managers.
 * @throws {Refusal} `limit_reached` when the client has too many of them
 */
export async function createDownload(store: Store, client: ClientKey, actor: Actor, wanted: NewDownload): Promise<Download> {
  const { format, passwords, attachments, seal, expiresAt } = wanted;
  const id = newId();
  const passphrase = seal && (await store.vault.seal(client, passphraseField(id), await seal(id)));
  return inTransaction(store, async (context) => {
    refusePurged(await lockClient(context, client));
    await refuseTooMany(context, client);
    const download = await context.db.download.create({ data: { ...ofClient(client), id, format, passwords, attachments, passphrase, createdBy: actor.userId, expiresAt } });
    await note(context, client, actor, 'download.asked', download);
    if (passwords === 'included') await tellOfReveal(context, client, actor.userId);
    return view(download);
  });
}

/** Of a client that is closed for good nothing is left to download, although its row may still be there. */
function refusePurged({ stage }: { stage: string }): void {
  if (stage === ('purged' satisfies Stage)) throw notFound('client');
}

async function refuseTooMany(context: StoreContext, client: ClientKey): Promise<void> {
  const rows = await context.db.download.findMany({ where: { ...ofClient(client), expiresAt: { gt: new Date() } }, select: { state: true }, take: downloadLimits.kept });
  const building = rows.filter(({ state }) => state === 'building').length;
  if (building >= downloadLimits.building) throw new Refusal('limit_reached', `${building} downloads of this client are being built; wait for them, or remove one`);
  if (rows.length >= downloadLimits.kept) throw new Refusal('limit_reached', `${rows.length} downloads of this client are kept; remove one first`);
}

/** The client's downloads, newest first; at most as many as are kept. @throws {Refusal} `not_found` when there is no such client */
export async function listDownloads(context: StoreContext, client: ClientKey): Promise<Download[]> {
  refusePurged(await getClientRow(context, client));
  const rows = await context.db.download.findMany({ where: { ...ofClient(client), expiresAt: { gt: new Date() } }, orderBy: { id: 'desc' }, take: downloadLimits.kept });
  return rows.map(view);
}

/** @throws {Refusal} `not_found`, also once its time is over */
export async function getDownload(context: StoreContext, client: ClientKey, id: string): Promise<Download> {
  return view(await downloadRow(context, client, id));
}

export async function downloadRow(context: StoreContext, client: ClientKey, id: string): Promise<DownloadRow> {
  const row = await context.db.download.findFirst({ where: { ...ofClient(client), id, expiresAt: { gt: new Date() } } });
  if (!row) throw notFound('download; it was removed, or its time is over');
  return row;
}

/** Removes a download in whatever state it is: one that is being built stops. */
export async function removeDownload(store: Store, client: ClientKey, actor: Actor, id: string): Promise<void> {
  await inTransaction(store, async (context) => {
    const row = await downloadRow(context, client, id);
    await context.db.download.delete({ where: { id } });
    await note(context, client, actor, 'download.removed', row);
  });
  await dropObjects(store, client, id);
}

/** Takes back a download that nobody can build now. */
export async function withdrawDownload(store: Store, client: ClientKey, id: string): Promise<void> {
  await store.db.download.deleteMany({ where: { ...ofClient(client), id } });
}

const expiredAtOnce = 20;

/** Removes downloads whose time is over, a portion at a time. @returns how many */
export async function removeExpiredDownloads(store: Store, now: Date): Promise<number> {
  const rows = await store.db.download.findMany({ where: { expiresAt: { lte: now } }, select: { id: true, tenantId: true, clientId: true }, take: expiredAtOnce });
  for (const { id, ...client } of rows) {
    await dropObjects(store, client, id);
    await store.db.download.deleteMany({ where: { ...ofClient(client), id } });
  }
  return rows.length;
}

/** What stays in the object storage now goes with the client at the latest. */
async function dropObjects(store: Store, client: ClientKey, id: string): Promise<void> {
  await store.objects?.removeAll(objectPrefix(client, id), 1_000).catch(() => undefined);
}

/** Notes what happened to a download, in words that stay in the client's history. */
export async function note(context: StoreContext, client: ClientKey, actor: Pick<Actor, 'userId'> | null, action: `download.${string}`, row: DownloadRow): Promise<void> {
  const { id: downloadId, format, passwords, attachments } = row;
  const details = { downloadId, format, passwords, attachments, ...(row.size === null ? {} : { size: Number(row.size), rows: row.rowsDone, files: row.filesDone }) };
  await appendAudit(context, { ...ofClient(client), actorId: actor?.userId ?? null, party: actor ? 'internal' : 'system', action, details });
}

export function view(row: DownloadRow): Download {
  return {
    id: row.id,
    format: row.format as DownloadFormat,
    passwords: row.passwords as Inclusion,
    attachments: row.attachments as Inclusion,
    state: row.state as DownloadState,
    rows: { done: row.rowsDone, total: row.rowsTotal },
    files: { done: row.filesDone, total: row.filesTotal },
    size: row.size === null ? null : Number(row.size),
    dataVersion: row.dataVersion,
    changedMeanwhile: row.changedMeanwhile,
    problem: row.problem,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    builtAt: row.builtAt,
    expiresAt: row.expiresAt,
  };
}
