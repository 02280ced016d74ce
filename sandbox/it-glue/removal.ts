// Removing a record takes along what hangs on it and clears the references to it.

import { parentKey, relationsTo } from './definitions/attached.js';
import { embeddableTypes } from './definitions/passwords.js';
import { resources } from './definitions/index.js';
import { resourceNames, type ResourceName, type Row } from './storage/rows.js';
import type { Store, Transaction } from './storage/store.js';

/** Groups whose records cannot live without the record that names the group. */
const owned: Readonly<Partial<Record<ResourceName, readonly ResourceName[]>>> = {
  organizations: ['locations', 'contacts', 'configurations', 'passwords', 'domains', 'expirations'],
  configurations: ['configuration_interfaces'],
};

export function removeRecord(store: Store, transaction: Transaction, resource: ResourceName, id: string): void {
  const row = store.tables[resource].get(id);
  if (row === undefined) return;
  for (const name of owned[resource] ?? []) for (const child of [...store.tables[name].group(id)]) removeRecord(store, transaction, name, child.id);
  for (const name of ['attachments', 'related_items'] as const) {
    for (const child of [...store.tables[name].group(parentKey(resource, id))]) transaction.remove(name, child.id);
  }
  for (const relation of relationsTo(resource, id, store.tables)) transaction.remove('related_items', relation.id);
  clearReferences(store, transaction, resource, row);
  transaction.remove(resource, id);
}

function clearReferences(store: Store, transaction: Transaction, resource: ResourceName, row: Row): void {
  const organization = row.body.values['organization_id'];
  if (typeof organization !== 'string') return;
  for (const name of resourceNames) {
    const references = Object.entries(resources[name].fields).filter(([field, { to, kind }]) => kind === 'ref' && to === resource && field !== 'resource_id' && field !== 'organization_id');
    for (const [field] of references) {
      for (const other of store.tables[name].group(organization)) {
        if (other.body.values[field] === row.id) transaction.put(name, other.id, { ...other.body, values: { ...other.body.values, [field]: null } });
      }
    }
  }
  for (const password of store.tables.passwords.group(organization)) {
    const { values } = password.body;
    if (values['resource_id'] === row.id && embeddableTypes[String(values['resource_type'])] === resource) {
      transaction.put('passwords', password.id, { ...password.body, values: { ...values, resource_id: null, resource_type: null } });
    }
  }
  if (resource !== 'configurations') return;
  for (const expiration of [...store.tables.expirations.group(organization)]) {
    if (expiration.body.values['resource_id'] === row.id) transaction.remove('expirations', expiration.id);
  }
}
