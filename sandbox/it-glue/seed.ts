// What an account holds before anybody writes to it, and what a test may put there.

import { geography } from './geography.js';
import { resources } from './definitions/index.js';
import type { Engine } from './engine.js';
import { isObject, snakeKeys, type Json } from './json.js';
import type { Body, ResourceName, Sync } from './storage/rows.js';
import type { Store, Transaction } from './storage/store.js';

const named: Readonly<Partial<Record<ResourceName, readonly string[]>>> = {
  organization_types: ['Customer', 'Owner', 'Partner', 'Prospect', 'Vendor', 'Testing Only'],
  organization_statuses: ['Active', 'Inactive'],
  configuration_types: [
    'Managed Server', 'Managed Workstation', 'Managed Laptop', 'Switch', 'Firewall', 'Router', 'Wireless Access Point', 'Local Printer', 'Network Printer',
    'UPS', 'NAS', 'Camera', 'Phone', 'Tablet', 'Other',
  ],
  configuration_statuses: ['Active', 'Inactive', 'In Stock', 'Retired'],
  contact_types: ['Approver', 'Champion', 'Contractor', 'Decision Maker', 'End User', 'External', 'Influencer', 'Internal IT', 'Management', 'Owner', 'Shared Account', 'Vendor Support'],
  password_categories: ['Active Directory', 'Application', 'Application / Database', 'Cloud Management', 'Configurations', 'Email Account / O365 User', 'Infrastructure', 'Microsoft 365', 'Network', 'Vendor', 'Other'],
};

const systems: Readonly<Record<string, readonly string[]>> = {
  Windows: [
    'Windows 10 Pro', 'Windows 10 Enterprise', 'Windows 11 Home', 'Windows 11 Pro', 'Windows 11 Enterprise', 'Windows Server 2012 R2 Standard',
    'Windows Server 2016 Standard', 'Windows Server 2019 Standard', 'Windows Server 2022 Standard', 'Windows Server 2022 Datacenter', 'Windows Server 2025 Standard',
  ],
  Mac: ['macOS 12 Monterey', 'macOS 13 Ventura', 'macOS 14 Sonoma', 'macOS 15 Sequoia'],
  Linux: ['Ubuntu 20.04 LTS', 'Ubuntu 22.04 LTS', 'Ubuntu 24.04 LTS', 'Debian 12', 'Red Hat Enterprise Linux 9', 'CentOS 7'],
  Virtualization: ['VMware ESXi 7', 'VMware ESXi 8', 'Proxmox VE 8'],
  Mobile: ['iOS 17', 'iOS 18', 'iPadOS 18', 'Android 14', 'Android 15'],
};

/** Countries and regions: the same small ids in every account, Canada 1, the United States 2, Afghanistan 3. */
export function seedGeography(store: Store, now: string): void {
  const put = (resource: ResourceName, id: string, values: Record<string, Json>): void => {
    store.apply([resource, id, { values, createdAt: now, updatedAt: now }]);
  };
  let region = 0;
  geography.countries.forEach(([iso, name], at) => {
    put('countries', String(at + 1), { name, iso });
    for (const [code, regionName] of geography.regions[iso] ?? []) put('regions', String((region += 1)), { name: regionName, iso: code, country_id: String(at + 1) });
  });
}

/** Puts the account's own lists into an empty store, as part of the caller's transaction. */
export function seedAccount(store: Store, transaction: Transaction, idMode: 'small' | 'large17', now: string): void {
  const put = (resource: ResourceName, id: string, values: Record<string, Json>): void => transaction.put(resource, id, { values, createdAt: now, updatedAt: now });
  const fresh = (): string => store.nextId(idMode);
  for (const [resource, names] of Object.entries(named)) for (const name of names) put(resource as ResourceName, fresh(), { name });
  for (const [platform, names] of Object.entries(systems)) {
    const id = fresh();
    put('platforms', id, { name: platform });
    for (const name of names) put('operating_systems', fresh(), { name, platform_id: id });
  }
  for (const [first, last, role] of [['Avery', 'Quinn', 'Administrator'], ['Jordan', 'Lee', 'Manager'], ['Sam', 'Ortiz', 'Editor']] as const) {
    put('users', fresh(), {
      first_name: first, last_name: last, role_name: role, email: `${first}.${last}@msp.example`.toLowerCase(), reputation: 0, avatar: null, my_glue: false,
      invitation_sent_at: now, invitation_accepted_at: now,
    });
  }
  const type = store.tables.organization_types.named('Owner')[0]?.id ?? null;
  const status = store.tables.organization_statuses.named('Active')[0]?.id ?? null;
  put('organizations', fresh(), { ...emptyOrganization, name: 'Stand-in MSP', primary: true, organization_type_id: type, organization_status_id: status });
}

const emptyOrganization: Record<string, Json> = {
  name: '', alert: null, description: null, organization_type_id: null, organization_status_id: null, primary: false, logo: null, quick_notes: null, short_name: null,
};

/** One record a test wants to find already there, owned by a PSA or RMM or orphaned where `sync` says so. */
export interface SeedRecord {
  readonly resource: ResourceName;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly sync?: Sync;
  /** ISO time; now when absent. */
  readonly createdAt?: string;
}

export class SeedError extends Error {}

export const syncRule = 'sync must have kind (psa or rmm), id and integration, or be {"kind":"orphaned"}';

export function isSync(value: unknown): value is Sync {
  if (!isObject(value)) return false;
  return value['kind'] === 'orphaned' || (['psa', 'rmm'].includes(String(value['kind'])) && typeof value['id'] === 'string' && typeof value['integration'] === 'string');
}

/** Puts records there all or none, past the checks of the API; references must still point to something. Gives their ids. */
export function seedRecords(engine: Engine, records: readonly SeedRecord[]): string[] {
  const { store } = engine;
  const transaction = store.begin();
  try {
    const ids = records.map((record) => {
      const resource = Object.hasOwn(resources, String(record.resource)) ? resources[record.resource] : undefined;
      if (resource === undefined) throw new SeedError(`there is no resource "${String(record.resource)}"`);
      if (!isObject(record.attributes)) throw new SeedError('attributes of a seed record must be an object');
      if (record.sync !== undefined && !isSync(record.sync)) throw new SeedError(syncRule);
      const sent = snakeKeys({ ...record.attributes });
      const values: Record<string, Json> = {};
      for (const [name, field] of Object.entries(resource.fields)) {
        if (field.kind === 'derived') continue;
        const value = sent[name] ?? field.initial;
        values[name] = field.kind === 'ref' && value !== null ? String(value as string) : value;
        if (field.kind === 'ref' && field.to !== undefined && name.endsWith('organization_id') && value !== null && store.tables[field.to].get(String(value as string)) === undefined) {
          throw new SeedError(`${name} ${String(value as string)} of a seed record does not exist`);
        }
      }
      const id = store.nextId(engine.switches.idMode);
      const at = record.createdAt ?? engine.now().toISOString();
      if (typeof at !== 'string' || !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(at)) throw new SeedError('createdAt of a seed record must be an ISO time in UTC');
      const body: Body = { values, createdAt: at, updatedAt: at };
      transaction.put(resource.name, id, record.sync === undefined ? body : { ...body, sync: record.sync });
      return id;
    });
    transaction.commit();
    return ids;
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

/** Marks a stored record as somebody else's or unmarks it. False when there is no such record. */
export function markSynced(store: Store, resource: ResourceName, id: string, sync: Sync | null): boolean {
  const row = store.tables[resource].get(id);
  if (row === undefined) return false;
  const { sync: _old, ...rest } = row.body;
  const body: Body = sync === null ? rest : { ...rest, sync };
  const transaction = store.begin();
  transaction.put(resource, id, body);
  transaction.commit();
  return true;
}
