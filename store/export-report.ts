import type { Resource } from '../domain/it-glue/index.js';
import type { KindName } from '../domain/kinds/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { getLabels } from './labels.js';
import type { FieldRefusal, LedgerState } from './ledger.js';
import { getPreview } from './previews.js';
import { skipReasons } from './skips.js';

/** What became of one record in IT Glue. */
export interface ReportedRecord {
  readonly recordId: string;
  readonly kind: KindName;
  readonly resource: Resource;
  readonly title: string;
  readonly state: LedgerState;
  readonly itGlueId: string | null;
  /** What it hangs on: the make of a model, the host of a file. */
  readonly parent: { readonly resource: Resource; readonly itGlueId: string | null } | null;
  readonly problems: readonly FieldRefusal[];
  /** Why a person left it out. */
  readonly reason: string | null;
}

const pageSize = 500;

/** Every record of the export in the order of creation, a portion in memory at a time. */
export async function* reportedRecords(context: StoreContext, client: ClientKey): AsyncGenerator<ReportedRecord> {
  const reasons = await skipReasons(context, client);
  let last: string | null = null;
  for (;;) {
    const rows: Awaited<ReturnType<typeof page>> = await page(context, client, last);
    const [titles, parents] = await Promise.all([getLabels(context, client, rows.map((row) => row.recordId)), parentIds(context, client, rows)]);
    for (const row of rows) {
      const reason = reasons.get(row.recordId) ?? (row.parentRecordId ? reasons.get(row.parentRecordId) : null);
      yield {
        recordId: row.recordId,
        kind: row.kind as KindName,
        resource: row.resource as Resource,
        title: titles.get(row.recordId) ?? '',
        state: row.state as LedgerState,
        itGlueId: row.itGlueId,
        parent: row.parentResource
          ? { resource: row.parentResource as Resource, itGlueId: parents.get(`${row.parentResource}/${row.parentRecordId}`) ?? null }
          : null,
        problems: (row.problems as unknown as FieldRefusal[] | null) ?? [],
        reason: row.state === 'skipped' ? (reason ?? null) : null,
      };
    }
    if (rows.length < pageSize) return;
    last = rows.at(-1)!.id;
  }
}

function page(context: StoreContext, client: ClientKey, after: string | null) {
  return context.db.ledgerEntry.findMany({
    where: ofClient(client),
    orderBy: [{ sequence: 'asc' }, { id: 'asc' }],
    take: pageSize,
    ...(after === null ? {} : { cursor: { id: after }, skip: 1 }),
  });
}

async function parentIds(context: StoreContext, client: ClientKey, rows: Awaited<ReturnType<typeof page>>): Promise<Map<string, string | null>> {
  const ids = rows.map((row) => row.parentRecordId).filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const parents = await context.db.ledgerEntry.findMany({
    where: { ...ofClient(client), recordId: { in: [...new Set(ids)] } },
    select: { resource: true, recordId: true, itGlueId: true },
  });
  return new Map(parents.map((row) => [`${row.resource}/${row.recordId}`, row.itGlueId]));
}

/** The client's organization in IT Glue, as soon as it exists, and the web address of the account it is in. */
export async function exportedOrganization(
  context: StoreContext,
  client: ClientKey,
): Promise<{ id: string | null; url: string | null }> {
  const [row, entry, run] = await Promise.all([
    context.db.client.findFirst({ where: { id: ofClient(client).clientId, tenantId: client.tenantId }, select: { organizationId: true, organizationUrl: true } }),
    context.db.ledgerEntry.findFirst({ where: { ...ofClient(client), resource: 'organization', itGlueId: { not: null } }, select: { itGlueId: true } }),
    context.db.export.findFirst({ where: ofClient(client), orderBy: { number: 'desc' }, select: { previewId: true } }),
  ]);
  if (row?.organizationId) return { id: row.organizationId, url: row.organizationUrl };
  const id = entry?.itGlueId ?? null;
  const webUrl = id && run ? await webAddress(context, client, run.previewId) : null;
  return { id, url: webUrl && `${webUrl}/${id}` };
}

/** The preview names the account that the export goes to; the API knows no other way to it. */
async function webAddress(context: StoreContext, client: ClientKey, previewId: string): Promise<string | null> {
  const known = await context.db.preview.count({ where: { id: previewId, ...ofClient(client) } });
  if (known === 0) return null;
  const { content } = await getPreview<{ target?: { webUrl?: string | null } }>(context, client, previewId);
  return content?.target?.webUrl ?? null;
}
