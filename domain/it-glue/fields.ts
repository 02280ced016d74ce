import { kinds, kindOf, type Content, type KindName } from '../kinds/index.js';

/** Names of our fields for IT Glue's attributes, where they differ. Keys are camelCase. */
const differing: Readonly<Record<string, string>> = {
  configurationType: 'type',
  configurationTypeId: 'type',
  configurationStatusId: 'status',
  contactTypeId: 'contactType',
  locationId: 'site',
  contactId: 'contact',
  manufacturerId: 'make',
  modelId: 'model',
  passwordCategoryId: 'category',
  postalCode: 'zip',
  regionId: 'state',
  countryId: 'country',
  quickNotes: 'notes',
  mitpEndOfLifeDate: 'endOfLifeAt',
  mitpDeviceExpirationDate: 'deviceExpiresAt',
  contactEmails: 'email',
  contactPhones: 'workPhone',
  resourceId: 'configuration',
};

/**
 * Our field behind an attribute of IT Glue.
 * @param attribute camelCase
 * @param kind of the record, where it is known; several kinds become one resource
 */
export function fieldOfAttribute(attribute: string, kind?: KindName): string {
  if (kind && attribute in kindOf(kind).fields) return attribute;
  if (kind === 'company' && attribute === 'name') return 'company';
  if (kind === 'vendor' && attribute === 'firstName') return 'company';
  return differing[attribute] ?? attribute;
}

/** The field of the record that holds the value itself, or null: one attribute may be made of several fields. */
export function fieldHolding(kind: KindName, content: Content, value: string): string | null {
  return Object.keys(kindOf(kind).fields).find((name) => content[name] === value) ?? null;
}

/** What a record says that IT Glue has no place for: kept here and in every download only (docs/decisions.md). */
export const fieldsWithoutHome: Readonly<Partial<Record<KindName, readonly string[]>>> = {
  make: ['notes'],
  model: ['notes'],
  attachment: ['description'],
};

/** The label of a field without a home, for words about it. */
export function labelOf(kind: KindName, field: string): string {
  return (kinds[kind].fields as Readonly<Record<string, { label: string }>>)[field]?.label ?? field;
}
