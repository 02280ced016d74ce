import { ofClient, type ClientKey } from '../client-row.js';
import type { StoreContext } from '../context.js';
import { Refusal } from '../errors.js';

/**
 * Refuses a change of records that an export has sent. One of unknown outcome is looked for by what it says: changed, it would not be
 * found and be created a second time. One that is there already would be another in IT Glue than here, and nobody told.
 */
export async function refuseIfSent(context: StoreContext, client: ClientKey, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { tenantId, clientId } = ofClient(client);
  const sent = await context.db.$queryRaw<{ state: string }[]>`
    SELECT "state" FROM "LedgerEntry" WHERE "tenantId" = ${tenantId}::uuid AND "clientId" = ${clientId}::uuid
      AND "recordId" = ANY(${[...ids]}::uuid[]) AND "state" IN ('intended', 'created', 'existing')`;
  if (sent.length === 0) return;
  const one = ids.length === 1;
  if (sent.some(({ state }) => state === 'intended')) {
    throw new Refusal('wrong_stage', `It is not known yet whether IT Glue has ${one ? 'this record' : 'some of these records'}: retry the export, which finds it out, then change it`);
  }
  throw new Refusal('wrong_stage', `IT Glue has ${one ? 'this record' : `${sent.length} of these records`} already, and an export changes nothing there: change it in IT Glue`);
}
