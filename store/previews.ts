import { kindOf, type KindName } from '../domain/kinds/index.js';
import { getClientRow, ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';
import { newId } from './ids.js';
import type { StoredRecord } from './records.js';

export type PreviewState = 'building' | 'ready' | 'failed';

export interface PreviewRow<Content> {
  readonly id: string;
  readonly dataVersion: number;
  readonly state: PreviewState;
  readonly problem: string | null;
  readonly createdAt: Date;
  readonly content: Content | null;
}

const place = (id: string) => ({ table: 'Preview', row: id, field: 'content' });
const boundPlace = (id: string) => ({ table: 'Preview', row: id, field: 'bound' });

/** Opens a preview of the client's data as it is now. The worker fills it. */
export async function createPreview(context: StoreContext, client: ClientKey, createdBy: string): Promise<string> {
  const { version } = await getClientRow(context, client);
  const id = newId();
  await context.db.preview.create({ data: { id, ...ofClient(client), dataVersion: version, createdBy } });
  return id;
}

/**
 * Fills a preview. `dataVersion`: the client's version before its data was read; `bound`: the records that it shows, so that
 * a later change can be named.
 */
export async function fillPreview(
  context: StoreContext,
  client: ClientKey,
  id: string,
  dataVersion: number,
  content: unknown,
  bound: readonly BoundRecord[] = [],
): Promise<void> {
  const sealed = { content: await context.vault.sealJson(client, place(id), content), bound: await context.vault.sealJson(client, boundPlace(id), bound) };
  await context.db.preview.updateMany({ where: { id, ...ofClient(client) }, data: { state: 'ready', dataVersion, ...sealed } });
}

/** What a preview remembers of each record: id, version, kind and title. */
export type BoundRecord = readonly [recordId: string, version: number, kind: KindName, title: string];

const boundTitle = 120;

export function boundTo(records: readonly StoredRecord[]): BoundRecord[] {
  return records.map((record) => [record.id, record.version, record.kind, kindOf(record.kind).title(record.content as never).slice(0, boundTitle)]);
}

/** The records that a preview shows, and since when. Empty for one that was made before this was kept. */
export async function getBound(context: StoreContext, client: ClientKey, id: string): Promise<{ records: readonly BoundRecord[]; createdAt: Date }> {
  const row = await context.db.preview.findFirst({ where: { id, ...ofClient(client) }, select: { bound: true, createdAt: true } });
  if (!row) throw notFound('preview');
  return { records: row.bound ? await context.vault.openJson<BoundRecord[]>(client, boundPlace(id), row.bound) : [], createdAt: row.createdAt };
}

/** @param problem a stable code */
export async function failPreview(context: StoreContext, client: ClientKey, id: string, problem: string): Promise<void> {
  await context.db.preview.updateMany({ where: { id, ...ofClient(client), state: 'building' }, data: { state: 'failed', problem } });
}

export async function getPreview<Content>(context: StoreContext, client: ClientKey, id: string): Promise<PreviewRow<Content>> {
  const row = await context.db.preview.findFirst({ where: { id, ...ofClient(client) } });
  if (!row) throw notFound('preview');
  return {
    id: row.id,
    dataVersion: row.dataVersion,
    state: row.state as PreviewState,
    problem: row.problem,
    createdAt: row.createdAt,
    content: row.content ? await context.vault.openJson<Content>(client, place(id), row.content) : null,
  };
}
