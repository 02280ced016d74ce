import type { Resource } from '../../domain/it-glue/index.js';
import { openEntries, type LedgerEntry } from '../../store/index.js';
import type { ExportContext } from './context.js';

/** Entries that can be worked on, and whether others of the resource wait, or were more than asked for. */
export interface Ready {
  readonly entries: readonly LedgerEntry[];
  readonly rest: 'none' | 'some';
}

/**
 * The first entries of the resource that are not settled yet, but for those whose references are not all settled. One that
 * points to a record that was refused waits until a person has corrected or skipped that record: it must not be created with
 * its link lost. A skipped one is settled: what links to it is created without that link.
 */
export async function readyEntries(context: ExportContext, resource: Resource, limit: number): Promise<Ready> {
  const { store, client, source } = context;
  const [open, unsettled] = await Promise.all([
    openEntries(store, client, resource, limit),
    store.db.ledgerEntry.findMany({ where: { ...client, state: { in: ['planned', 'intended', 'failed'] }, resource: { in: linked } }, select: { resource: true, recordId: true } }),
  ]);
  if (open.length === 0) return { entries: [], rest: 'none' };
  const isOpen = new Set(unsettled.map((row) => `${row.resource}/${row.recordId}`));
  const links = isOpen.size === 0 ? null : await source.links(open.map((entry) => entry.recordId));
  const waits = ({ recordId, parent }: LedgerEntry) => [...(links?.get(recordId) ?? []), ...(parent ? [parent] : [])].some((link) => isOpen.has(`${link.resource}/${link.recordId}`));
  const entries = open.filter((entry) => !waits(entry));
  return { entries, rest: entries.length < open.length || open.length === limit ? 'some' : 'none' };
}

/** Resources that others link to. */
const linked: Resource[] = ['location', 'manufacturer', 'model', 'contact', 'configuration', 'password'];
