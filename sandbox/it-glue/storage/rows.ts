// What one record is, inside. Attribute names are snake_case here; kebab-case exists only in answers.

import type { Json } from '../json.js';

export const resourceNames = [
  'organizations', 'organization_types', 'organization_statuses', 'locations', 'contacts', 'contact_types',
  'configurations', 'configuration_types', 'configuration_statuses', 'configuration_interfaces', 'manufacturers', 'models',
  'operating_systems', 'platforms', 'countries', 'regions', 'passwords', 'password_categories', 'attachments', 'related_items',
  'users', 'groups', 'domains', 'expirations', 'exports',
] as const;
export type ResourceName = (typeof resourceNames)[number];

/** Who else owns a record: records of a PSA or RMM refuse most edits. An orphaned one has lost its PSA and is nobody's any more. */
export type Sync = { readonly kind: 'psa' | 'rmm'; readonly id: string; readonly integration: string } | { readonly kind: 'orphaned' };

/** One version of a record. Never changed in place: a change is a new body, so a snapshot is a set of references. */
export interface Body {
  readonly values: Readonly<Record<string, Json>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly sync?: Sync;
  /** Marked for deletion, in epoch milliseconds; the record stays visible until then. */
  readonly goneAt?: number;
}

/** Whether a PSA or RMM has the say over the record. */
export const isSynced = ({ sync }: Body): boolean => sync !== undefined && sync.kind !== 'orphaned';

export interface Row {
  readonly id: string;
  body: Body;
}

/** Ids are strings of digits of any length; this is their numeric order. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The field whose value groups a resource's records: lists under a parent read one group, never the whole table. */
export const groupField: Partial<Record<ResourceName, string>> = {
  locations: 'organization_id', contacts: 'organization_id', configurations: 'organization_id', passwords: 'organization_id',
  domains: 'organization_id', expirations: 'organization_id', configuration_interfaces: 'configuration_id',
  models: 'manufacturer_id', regions: 'country_id', attachments: 'parent_key', related_items: 'parent_key',
};
