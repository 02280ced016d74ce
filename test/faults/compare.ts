/** Compares what the account holds with the source, record by record, and with the ledger. */
import { planExport, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import type { ClientKey, Store } from '../../store/index.js';
import { allRecords } from '../../store/index.js';
import type { Account, Attributes } from '../support/account.js';

const lists = { location: 'locations', contact: 'contacts', configuration: 'configurations', password: 'passwords', attachment: 'attachments' } as const;
type Listed = keyof typeof lists;

/** @returns one sentence for each thing that is not as it must be; names no value of a client */
export async function differences(store: Store, client: ClientKey, account: Account): Promise<string[]> {
  const source = new Map<string, SourceRecord>();
  for await (const record of allRecords(store, client)) source.set(record.id, record);
  const ledger = await store.db.ledgerEntry.findMany({ where: client });
  const units = planExport([...source.values()]).units;
  const found: string[] = [];
  const say = (sentence: string) => void found.push(sentence);

  if (account.organizations.length !== 1) say(`${account.organizations.length} organizations instead of 1`);
  const idOf = new Map(ledger.map((entry) => [`${entry.resource}/${entry.recordId}`, entry.itGlueId]));
  for (const { resource, recordId } of units) {
    if (!idOf.get(`${resource}/${recordId}`)) say(`${resource} ${recordId} has no id in the ledger`);
  }
  if (ledger.length !== units.length) say(`${ledger.length} ledger entries for ${units.length} planned records`);
  const open = ledger.filter((entry) => !['created', 'existing'].includes(entry.state));
  if (open.length > 0) say(`${open.length} ledger entries are ${open[0]!.state}`);

  for (const [resource, list] of Object.entries(lists) as [Listed, (typeof lists)[Listed]][]) {
    const there = new Map(account[list].map((one) => [one.id, one]));
    const entries = ledger.filter((entry) => entry.resource === resource);
    const ours = new Set(entries.map((entry) => entry.itGlueId));
    if (ours.size !== entries.length) say(`two ledger entries share one ${resource}`);
    for (const id of there.keys()) if (!ours.has(id)) say(`${resource} ${id} is in the account and not in the ledger`);
    for (const entry of entries) {
      const seen = there.get(entry.itGlueId ?? '');
      if (!seen) say(`${resource} ${entry.recordId} is not in the account`);
      else for (const field of wrongFields(resource, source.get(entry.recordId)!, seen, (other, id) => idOf.get(`${other}/${id}`) ?? null)) say(`${resource} ${entry.recordId}: ${field} differs`);
    }
  }
  return found;
}

function wrongFields(resource: Listed, { content, references, kind }: SourceRecord, seen: Attributes, idOf: (resource: Resource, id: string) => string | null): string[] {
  const linked = (name: string, to: Resource) => (references[name] ? idOf(to, references[name]) : null);
  const expected: Record<string, unknown> = {};
  switch (resource) {
    case 'location':
      Object.assign(expected, { name: content['name'], 'address-1': content['address1'], city: content['city'], 'postal-code': content['zip'] });
      break;
    case 'contact':
      // A vendor without a person bears the company's name.
      expected['first-name'] = content['firstName'] ?? (kind === 'vendor' ? content['company'] : null);
      expected['last-name'] = content['lastName'];
      break;
    case 'configuration':
      Object.assign(expected, {
        name: content['name'],
        'serial-number': content['serialNumber'],
        'primary-ip': content['primaryIp'],
        'configuration-type-name': content['type'],
        'location-id': linked('site', 'location'),
        'contact-id': linked('contact', 'contact'),
        'manufacturer-id': linked('make', 'manufacturer'),
        'model-id': linked('model', 'model'),
      });
      break;
    case 'password':
      Object.assign(expected, { name: content['name'], username: content['username'], password: content['password'], 'resource-id': linked('configuration', 'configuration') });
      break;
    case 'attachment':
      Object.assign(expected, { 'attachment-file-name': content['fileName'], 'attachment-file-size': content['size'] });
  }
  return Object.entries(expected).filter(([name, value]) => (seen[name] ?? null) !== (value ?? null)).map(([name]) => name);
}
