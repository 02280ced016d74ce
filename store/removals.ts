/** The certificates of clients that were removed for good, also of those that were never exported. */
import { ofClient, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';
import type { PurgeCertificate } from './purge-certificate.js';

export async function getRemoval(context: StoreContext, client: ClientKey): Promise<PurgeCertificate> {
  const row = await context.db.removal.findFirst({ where: ofClient(client), select: { certificate: true } });
  if (!row) throw notFound('removal');
  return row.certificate as unknown as PurgeCertificate;
}

/** Newest client first. */
export async function listRemovals(context: StoreContext, tenantId: string, page: { limit: number; after: string | null }): Promise<PurgeCertificate[]> {
  const rows = await context.db.removal.findMany({
    where: { tenantId, ...(page.after ? { clientId: { lt: page.after } } : {}) },
    orderBy: { clientId: 'desc' },
    take: page.limit,
    select: { certificate: true },
  });
  return rows.map(({ certificate }) => certificate as unknown as PurgeCertificate);
}
