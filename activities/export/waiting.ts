import { resourceOf, type Resource } from '../../domain/it-glue/index.js';
import type { KindName, ReferenceIds } from '../../domain/kinds/index.js';
import type { LedgerEntry } from '../../store/index.js';
import type { ExportContext } from './context.js';

/**
 * The entries whose references are all settled. One that points to a record that was refused waits until a person has
 * corrected or skipped that record: it must not be created with its link lost. A skipped one is settled: what links to it is
 * created without that link.
 */
export async function readyEntries(context: ExportContext, entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
  if (entries.length === 0) return [];
  const unsettled = await context.store.db.ledgerEntry.findMany({
    where: { ...context.client, state: { in: ['planned', 'intended', 'failed'] }, resource: { in: linked } },
    select: { resource: true, recordId: true },
  });
  if (unsettled.length === 0) return [...entries];
  const open = new Set(unsettled.map((row) => `${row.resource}/${row.recordId}`));
  const rows = await context.store.db.record.findMany({
    where: { clientId: context.client.clientId, id: { in: entries.map((entry) => entry.recordId) } },
    select: { id: true, references: true },
  });
  const targets = rows.flatMap((row) => Object.values(row.references as ReferenceIds).filter((id): id is string => id !== null));
  const kinds = await context.store.db.record.findMany({ where: { id: { in: targets } }, select: { id: true, kind: true } });
  const resourceById = new Map(kinds.map((row) => [row.id, resourceOf(row.kind as KindName)]));
  const waits = new Set(
    rows
      .filter((row) => Object.values(row.references as ReferenceIds).some((id) => id !== null && open.has(`${resourceById.get(id)}/${id}`)))
      .map((row) => row.id),
  );
  return entries.filter((entry) => !waits.has(entry.recordId) && !(entry.parent && open.has(`${entry.parent.resource}/${entry.parent.recordId}`)));
}

/** Resources that others link to. */
const linked: Resource[] = ['location', 'manufacturer', 'model', 'contact', 'configuration', 'password'];
