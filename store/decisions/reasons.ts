import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';

/** Why something was decided, at the section as a whole or at one page, record or field. */
export interface Reason {
  readonly text: string;
  readonly page?: string;
  readonly recordId?: string;
  readonly field?: string;
}

const place = (id: string) => ({ table: 'Decision', row: id, field: 'content' });

export async function sealReasons(context: StoreContext, client: ClientKey, decisionId: string, reasons: readonly Reason[]) {
  return reasons.length === 0 ? null : context.vault.sealJson(client, place(decisionId), reasons);
}

/** The reasons of a decision with their author and time. */
export async function readReasons(
  context: StoreContext,
  client: ClientKey,
  decisionId: string,
): Promise<{ by: string; at: Date; reasons: readonly Reason[] } | null> {
  const row = await context.db.decision.findFirst({ where: { id: decisionId, ...ofClient(client) } });
  if (!row?.content) return null;
  return {
    by: row.actorId,
    at: row.appliedAt ?? row.createdAt,
    reasons: await context.vault.openJson<Reason[]>(client, place(decisionId), row.content),
  };
}
