import { readableClients, readParticulars, type ReadableEntry } from './audit.js';
import type { StoreContext } from './context.js';

/** Which entries somebody looks for; what is not named does not matter. */
export interface AuditFilter {
  readonly clientId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly party?: string | undefined;
  /** The whole action, or its first part with a dot, such as `decision.`. */
  readonly action?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Words that stand in the particulars, in any case. Particulars of purged clients cannot be read and so not be found. */
  readonly text?: string | undefined;
  /** The network address that it was asked for from; sealed like the particulars. */
  readonly address?: string | undefined;
}

export type TenantEntry = ReadableEntry & { readonly clientId: string | null; readonly address: string | null };

/** Sealed particulars can only be searched by opening them: so many at most for one page. */
const mostOpened = 2_000;
const portion = 200;

/**
 * A tenant's history, newest first, as far as the filter goes.
 * @returns up to `limit` entries, and the sequence to go on below (null at the end); a search may return fewer and go on
 */
export async function listAudit(context: StoreContext, tenantId: string, filter: AuditFilter, page: { limit: number; before: number | null }): Promise<{ entries: TenantEntry[]; next: number | null }> {
  const entries: TenantEntry[] = [];
  const needle = filter.text?.toLowerCase();
  let before = page.before;
  for (let opened = 0; opened < mostOpened; opened += portion) {
    const rows = await context.db.auditEntry.findMany({ where: where(tenantId, filter, before), orderBy: { sequence: 'desc' }, take: portion });
    const readable = await readableClients(context, tenantId, rows.map((row) => row.clientId));
    for (const row of rows) {
      const mayBeRead = row.clientId === null || readable.has(row.clientId);
      const { details, address } = await readParticulars(context, { tenantId, clientId: row.clientId }, row.sequence, mayBeRead ? row.content : null);
      before = row.sequence;
      if (filter.address !== undefined && filter.address !== address) continue;
      if (needle !== undefined && !JSON.stringify(details ?? '').toLowerCase().includes(needle)) continue;
      const { sequence, at, clientId, actorId, party, action } = row;
      entries.push({ sequence, at, clientId, actorId, party, action, details, address });
      if (entries.length === page.limit) return { entries, next: sequence };
    }
    if (rows.length < portion) return { entries, next: null };
  }
  return { entries, next: before };
}

function where(tenantId: string, filter: AuditFilter, before: number | null) {
  const { clientId, actorId, party, action, from, to } = filter;
  return {
    tenantId,
    ...(clientId === undefined ? {} : { clientId }),
    ...(actorId === undefined ? {} : { actorId }),
    ...(party === undefined ? {} : { party }),
    ...(action === undefined ? {} : { action: action.endsWith('.') ? { startsWith: action } : action }),
    at: { ...(from ? { gte: from } : {}), ...(to ? { lt: to } : {}) },
    ...(before === null ? {} : { sequence: { lt: before } }),
  };
}
