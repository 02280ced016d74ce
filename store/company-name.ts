import { clientRow, type ClientKey } from './client-row.js';
import type { StoreContext } from './context.js';
import { isUniqueViolation } from './context.js';
import { Refusal } from './errors.js';

/** The keyed hash by which a company's name is unique within its tenant. */
export function companyHash(context: StoreContext, tenantId: string, company: string): string {
  return context.vault.nameHash(`company|${tenantId}`, company);
}

export function companyTaken(): Refusal {
  return new Refusal('name_taken', 'There is a client of that name already, perhaps a deleted one', [
    { field: 'company', message: 'is used by another client' },
  ]);
}

/** Keeps the tenant's list of company names in step when a company record is renamed; in the transaction of that change. */
export async function renameClient(context: StoreContext, client: ClientKey, company: string): Promise<void> {
  try {
    await context.db.client.updateMany({
      where: clientRow(client),
      data: { nameHash: companyHash(context, client.tenantId, company) },
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw companyTaken();
    throw error;
  }
}
