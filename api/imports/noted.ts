import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit, inTransaction, partyOf, type ClientKey, type Store } from '../../store/index.js';

/** Notes in the audit trail what was done with a file beside its records: it came in, it was removed, its bad rows were fetched with their cells as they were typed. */
export async function noteImport(store: Store, client: ClientKey, actor: Actor, action: 'import.received' | 'import.removed' | 'import.bad_rows_fetched', kind: Pick<AnyKind, 'name'>, importId: string): Promise<void> {
  const { tenantId, clientId } = client;
  await inTransaction(store, (context) => appendAudit(context, { tenantId, clientId, actorId: actor.userId, party: partyOf(actor), action, details: { importId, kind: kind.name } }));
}
