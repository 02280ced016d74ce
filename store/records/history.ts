import type { AnyKind } from '../../domain/kinds/index.js';
import type { Actor } from '../../domain/roles.js';
import { appendAudit } from '../audit.js';
import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import type { NewRecord } from './row.js';
import { partyOf } from './touch.js';

/** Notes in the client's history what was done to records of a kind. */
export async function auditRecords(
  context: StoreContext,
  client: ClientKey,
  actor: Actor,
  action: string,
  kind: AnyKind,
  details: Record<string, unknown>,
): Promise<void> {
  await appendAudit(context, {
    ...ofClient(client),
    actorId: actor.userId,
    party: partyOf(actor),
    action,
    details: { kind: kind.name, ...details },
  });
}

/** What the first of many records are called. */
export const titles = (kind: AnyKind, items: readonly NewRecord[]) => items.slice(0, 20).map((item) => kind.title(item.content as never));
