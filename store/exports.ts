import type { BlockReason } from '../domain/block-reasons.js';
import type { KindName } from '../domain/kinds/index.js';
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';
import { newId } from './ids.js';
import { getLabels } from './labels.js';
import { planRefused } from './ledger.js';

export { blockWords, type BlockReason } from '../domain/block-reasons.js';

export type ExportState = 'running' | 'blocked' | 'done';

export interface ExportSettings {
  readonly previewId: string;
  readonly organizationTypeId: string | null;
  readonly organizationStatusId: string | null;
  readonly startedBy: string;
}

export interface ExportRow extends ExportSettings {
  readonly id: string;
  readonly number: number;
  readonly state: ExportState;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly blockedBy: BlockReason | null;
}

/** Opens the client's next export run. The ledger is the client's, not the run's: a later run goes on where it stands. */
export async function createExport(context: StoreContext, client: ClientKey, settings: ExportSettings): Promise<string> {
  const last = await context.db.export.findFirst({ where: ofClient(client), orderBy: { number: 'desc' }, select: { number: true } });
  const id = newId();
  await context.db.export.create({ data: { id, ...ofClient(client), number: (last?.number ?? 0) + 1, ...settings } });
  return id;
}

/**
 * Opens the run that goes on where the client's last one stopped, and plans its refused records again: together, so that the
 * progress of the new run never shows refusals of the one before.
 * @param startedBy null: the same person as before
 */
export async function continueExport(context: StoreContext, client: ClientKey, startedBy: string | null): Promise<string> {
  const last = await currentExport(context, client);
  const { previewId, organizationTypeId, organizationStatusId } = last;
  const id = await createExport(context, client, { previewId, organizationTypeId, organizationStatusId, startedBy: startedBy ?? last.startedBy });
  await planRefused(context, client);
  return id;
}

export async function currentExport(context: StoreContext, client: ClientKey): Promise<ExportRow> {
  const row = await context.db.export.findFirst({ where: ofClient(client), orderBy: { number: 'desc' } });
  if (!row) throw notFound('export');
  return { ...row, state: row.state as ExportState, blockedBy: row.blockedBy as BlockReason | null };
}

export async function getExport(context: StoreContext, client: ClientKey, id: string): Promise<ExportRow> {
  const row = await context.db.export.findFirst({ where: { ...ofClient(client), id } });
  if (!row) throw notFound('export');
  return { ...row, state: row.state as ExportState, blockedBy: row.blockedBy as BlockReason | null };
}

export async function settleExport(
  context: StoreContext,
  client: ClientKey,
  id: string,
  outcome: { state: 'done' } | { state: 'blocked'; blockedBy: BlockReason },
): Promise<void> {
  await context.db.export.updateMany({
    where: { ...ofClient(client), id, state: 'running' },
    data: { ...outcome, finishedAt: new Date() },
  });
}

export interface RecordFailure {
  readonly kind: KindName;
  readonly recordId: string;
  readonly title: string;
  readonly problems: readonly { field: string | null; message: string }[];
}

/** Records that IT Glue refused, with the field and the reason, at most `limit`. */
export async function exportFailures(context: StoreContext, client: ClientKey, limit = 200): Promise<RecordFailure[]> {
  const rows = await context.db.ledgerEntry.findMany({
    where: { ...ofClient(client), state: 'failed' },
    orderBy: { sequence: 'asc' },
    take: limit,
  });
  const titles = await getLabels(context, client, rows.map((row) => row.recordId));
  return rows.map((row) => ({
    kind: row.kind as KindName,
    recordId: row.recordId,
    title: titles.get(row.recordId) ?? '',
    problems: (row.problems as unknown as RecordFailure['problems'] | null) ?? [],
  }));
}
