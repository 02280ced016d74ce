import { ofClient, type ClientKey } from '../client-row.js';

/** Where a client's files lie in the object storage, or those of one of its records: everything of it begins so. */
export function objectPrefix(client: ClientKey, recordId?: string): string {
  const { tenantId, clientId } = ofClient(client);
  return `${tenantId}/${clientId}/${recordId === undefined ? '' : `${recordId}/`}`;
}
