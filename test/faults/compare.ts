/** Compares what the account holds with the source, record by record, and with the ledger. */
import { planExport, type Resource, type SourceRecord } from '../../domain/it-glue/index.js';
import type { ClientKey, Store } from '../../store/index.js';
import { allRecords } from '../../store/index.js';
import type { Account, Attributes } from '../support/account.js';

const lists = { location: 'locations', contact: 'contacts', configuration: 'configurations', password: 'passwords', attachment: 'attachments' } as const;
type Listed = keyof typeof lists;

export interface Compared {
  /** One sentence for each thing that is not as it must be; names no value of a client. */
  readonly wrong: readonly string[];
  /** Ids of everything of the client that is in the account. */
  readonly ids: readonly string[];
}

/**
 * @param skipped records that a person left out
 * @param hashes SHA-256 of each attachment's bytes as the account keeps them, by its id
 */
export async function compareAccount(store: Store, client: ClientKey, account: Account, skipped: ReadonlySet<string>, hashes: ReadonlyMap<string, string>): Promise<Compared> {
  const source = new Map<string, SourceRecord>();
  for await (const record of allRecords(store, client)) source.set(record.id, record);
  const ledger = await store.db.ledgerEntry.findMany({ where: client });
  const units = planExport([...source.values()]).units;
  const wrong: string[] = [];
  const say = (sentence: string) => void wrong.push(sentence);

  if (account.organizations.length !== 1) say(`${account.organizations.length} organizations instead of 1`);
  const entryOf = new Map(ledger.map((entry) => [`${entry.resource}/${entry.recordId}`, entry]));
  for (const { resource, recordId, parent } of units) {
    const entry = entryOf.get(`${resource}/${recordId}`);
    const leftOut = skipped.has(recordId) || (parent !== null && skipped.has(parent.recordId));
    if (!entry) say(`${resource} ${recordId} is not in the ledger`);
    else if (leftOut && entry.state !== 'skipped') say(`${resource} ${recordId} was skipped and is ${entry.state}`);
    else if (!leftOut && !(entry.itGlueId && ['created', 'existing'].includes(entry.state))) say(`${resource} ${recordId} is ${entry.state}`);
  }
  if (ledger.length !== units.length) say(`${ledger.length} ledger entries for ${units.length} planned records`);
  if (entryOf.get(`organization/${units.find((unit) => unit.resource === 'organization')?.recordId}`)?.itGlueId !== account.organizations[0]?.id) say('the ledger names another organization');

  const idOf = (resource: Resource, id: string | null | undefined) => (id ? (entryOf.get(`${resource}/${id}`)?.itGlueId ?? null) : null);
  for (const [resource, list] of Object.entries(lists) as [Listed, (typeof lists)[Listed]][]) {
    const there = new Map(account[list].map((one) => [one.id, one]));
    const entries = ledger.filter((entry) => entry.resource === resource && entry.itGlueId !== null);
    const ours = new Set(entries.map((entry) => entry.itGlueId));
    if (ours.size !== entries.length) say(`two ledger entries share one ${resource}`);
    for (const id of there.keys()) if (!ours.has(id)) say(`${resource} ${id} is in the account and not in the ledger`);
    for (const entry of entries) {
      const seen = there.get(entry.itGlueId!);
      const record = source.get(entry.recordId);
      if (!seen) say(`${resource} ${entry.recordId} is not in the account`);
      else if (record) {
        for (const field of wrongFields(resource, record, seen, idOf)) say(`${resource} ${entry.recordId}: ${field} differs`);
        if (resource === 'attachment' && hashes.get(seen.id) !== record.content['sha256']) say(`attachment ${entry.recordId}: its bytes differ`);
      }
    }
  }
  return { wrong, ids: [account.organizations, ...Object.values(lists).map((list) => account[list])].flatMap((records) => records.map((one) => one.id)) };
}

type IdOf = (resource: Resource, recordId: string | null | undefined) => string | null;

/** Attributes of the account that are not what the source says. Mapped here once more, not by the product's own mapping. */
function wrongFields(resource: Listed, { content, references, kind }: SourceRecord, seen: Attributes, idOf: IdOf): string[] {
  const link = (name: string, to: Resource) => idOf(to, references[name]);
  const includes = (name: string, value: unknown) => value === null || value === undefined || JSON.stringify(seen[name] ?? '').includes(JSON.stringify(value).slice(1, -1));
  const wrong = Object.entries(expected()).filter(([name, value]) => (seen[name] ?? null) !== (value ?? null)).map(([name]) => name);
  const held = Object.entries(expectedInside()).filter(([name, value]) => !includes(name, value)).map(([name]) => name);
  return [...wrong, ...held];

  function expected(): Record<string, unknown> {
    switch (resource) {
      case 'location':
        return { name: content['name'], 'address-1': content['address1'], city: content['city'], 'postal-code': content['zip'], 'country-name': content['country'] ?? 'United States' };
      case 'contact':
        // A vendor without a person bears the company's name.
        return { 'first-name': content['firstName'] ?? (kind === 'vendor' ? content['company'] : null), 'last-name': content['lastName'], 'location-id': link('site', 'location') };
      case 'configuration':
        return {
          name: content['name'],
          'primary-ip': content['primaryIp'],
          'configuration-type-name': content['type'],
          'configuration-status-name': content['status'],
          'location-id': link('site', 'location'),
          'contact-id': link('contact', 'contact'),
          'manufacturer-id': link('make', 'manufacturer'),
          'model-id': link('model', 'model'),
        };
      case 'password':
        return { name: content['name'], username: content['username'], password: content['password'], 'password-category-name': content['category'], 'resource-id': link('configuration', 'configuration') };
      case 'attachment':
        return { 'attachment-file-name': content['fileName'], 'attachment-file-size': content['size'] };
    }
  }

  function expectedInside(): Record<string, unknown> {
    switch (resource) {
      case 'location':
        return { notes: content['notes'] };
      case 'contact':
        return { notes: content['notes'], 'contact-emails': content['email'], 'contact-phones': content['mobilePhone'] && '555' };
      case 'configuration':
      case 'password':
        return { notes: content['notes'] };
      case 'attachment':
        return {};
    }
  }
}
