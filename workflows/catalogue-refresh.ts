import { previewActivities } from './activities.js';
import type { CatalogueInput } from './contract.js';

/** Reads the makes and models of the tenant's IT Glue account, for look-up while typing. */
export async function catalogueRefresh(input: CatalogueInput): Promise<{ entries: number }> {
  return previewActivities.refreshCatalogue.executeWithOptions({ summary: 'read makes and models of the account' }, [input]);
}
