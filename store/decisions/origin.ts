import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';

const place = (id: string) => ({ table: 'Decision', row: id, field: 'origin' });

export async function sealOrigin(context: StoreContext, client: ClientKey, decisionId: string, address: string | null) {
  return address === null ? null : context.vault.sealJson(ofClient(client), place(decisionId), address);
}

/** The network address that a decision was taken from; null for one of an earlier release. */
export async function readOrigin(context: StoreContext, client: ClientKey, decision: { readonly id: string; readonly origin: Uint8Array | null }): Promise<string | null> {
  return decision.origin && context.vault.openJson<string>(ofClient(client), place(decision.id), decision.origin);
}
