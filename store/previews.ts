import { getClientRow, ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';
import { newId } from './ids.js';

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

/** Opens a preview of the client's data as it is now. The worker fills it. */
export async function createPreview(context: StoreContext, client: ClientKey, createdBy: string): Promise<string> {
  const { version } = await getClientRow(context, client);
  const id = newId();
  await context.db.preview.create({ data: { id, ...ofClient(client), dataVersion: version, createdBy } });
  return id;
}

/** Fills a preview. `dataVersion`: the client's version before its data was read. */
export async function fillPreview(context: StoreContext, client: ClientKey, id: string, dataVersion: number, content: unknown): Promise<void> {
  await context.db.preview.updateMany({
    where: { id, ...ofClient(client) },
    data: { state: 'ready', dataVersion, content: await context.vault.sealJson(client, place(id), content) },
  });
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
