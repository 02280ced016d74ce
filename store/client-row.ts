import type { Client } from '../prisma/generated/client.js';
import type { StoreContext } from './context.js';
import { notFound } from './errors.js';

/** A client of a tenant: the two ids that every query about it carries. */
export interface ClientKey {
  readonly tenantId: string;
  readonly clientId: string;
}

/**
 * The columns that bind a row to its client: the two ids and nothing else that the caller's object may carry. Every query
 * takes them from here, because the database client reads a further property as a further condition and an id that is
 * `undefined` as no condition at all, which would reach other people's rows.
 * @throws {TypeError} when an id is missing
 */
export function ofClient({ tenantId, clientId }: ClientKey): ClientKey {
  if (!isId(tenantId) || !isId(clientId)) throw new TypeError('A client is named by its tenantId and its clientId');
  return { tenantId, clientId };
}

/** The same for the client's own row. */
export function clientRow(client: ClientKey): { id: string; tenantId: string } {
  const { tenantId, clientId } = ofClient(client);
  return { id: clientId, tenantId };
}

/** A client's stage and assignments, without opening anything that is sealed. */
export async function getClientRow(context: StoreContext, client: ClientKey): Promise<Client> {
  const row = await context.db.client.findFirst({ where: clientRow(client) });
  if (!row) throw notFound('client');
  return row;
}

/** The client's row, locked to the end of the transaction. */
export async function lockClient(context: StoreContext, client: ClientKey): Promise<Client> {
  const { id, tenantId } = clientRow(client);
  await context.db.$queryRaw`SELECT 1 FROM "Client" WHERE "id" = ${id}::uuid AND "tenantId" = ${tenantId}::uuid FOR UPDATE`;
  return getClientRow(context, client);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
