import { derived, nameOf, ofKind, psaIntegration, ref, text, yesNo, type Resource, type Writing } from './field.js';
import { invalid } from '../errors.js';
import { isObject, type Json, type JsonObject } from '../json.js';

const labelsKnown = new Set(['work', 'home', 'cell', 'mobile', 'fax']);
const indexIncludes = [
  'adapters_resources', 'location', 'passwords', 'attachments', 'tickets', 'distinct_remote_contacts', 'resource_fields',
  'user_resource_accesses', 'group_resource_accesses',
];

function checkLabels({ values, scene, errors, place }: Writing): void {
  if (scene.switches.unknownContactLabel !== 'reject422') return;
  for (const list of ['contact_emails', 'contact_phones']) {
    for (const entry of values[list] as JsonObject[]) {
      const label = entry['label_name'];
      if (typeof label === 'string' && !labelsKnown.has(label.toLowerCase())) errors.push(invalid(list, `label-name "${label}" is not included in the list`, place));
    }
  }
}

/** With merge, entries of the same value are replaced and the others stay. */
function mergeArrays({ values, sent, before, scene }: Writing): void {
  if (before === null || scene.switches.contactArraysOnPatch === 'replace') return;
  for (const list of ['contact_emails', 'contact_phones']) {
    if (sent[list] === undefined) continue;
    const fresh = values[list] as JsonObject[];
    const kept = (before[list] as JsonObject[]).filter((old) => !fresh.some((entry) => entry['value'] === old['value']));
    values[list] = [...kept, ...fresh];
  }
}

export const contacts: Resource = {
  name: 'contacts', title: 'Contact', type: 'contacts', timestamps: true, emptyRelationships: true,
  fields: {
    psa_integration: psaIntegration(),
    organization_id: ref('organizations', { rule: 'required', write: 'create' }), organization_name: nameOf('organization_id', 'organizations'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/contacts/${row.id}`),
    restricted: yesNo(), my_glue: yesNo(false, { write: 'never' }),
    name: derived((row) => fullName(row.body.values)),
    first_name: text(), last_name: text(), title: text(),
    contact_type_id: ref('contact_types'), contact_type_name: nameOf('contact_type_id', 'contact_types'),
    location_id: ref('locations', { sameOrganization: true }), location_name: nameOf('location_id', 'locations'),
    // Null until somebody sets it; filter[important] then finds neither true nor false.
    important: yesNo(null), notes: text(),
    contact_emails: ofKind('emails', { rule: 'optional', initial: [] }), contact_phones: ofKind('phones', { rule: 'optional', initial: [] }),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'bulkDestroy'],
  under: { organizations: ['index', 'show', 'create', 'bulkCreate', 'update', 'bulkDestroy'] },
  filters: {
    id: { kind: 'id', field: 'id' }, first_name: { kind: 'exact', field: 'first_name' }, last_name: { kind: 'exact', field: 'last_name' },
    title: { kind: 'exact', field: 'title' }, contact_type_id: { kind: 'ref', field: 'contact_type_id' }, important: { kind: 'boolean', field: 'important' },
    primary_email: { kind: 'email', field: 'contact_emails' }, organization_id: { kind: 'ref', field: 'organization_id' },
    psa_id: { kind: 'psa', field: 'sync' }, psa_integration_type: { kind: 'companion', field: 'sync' },
  },
  sorts: ['first_name', 'last_name', 'id', 'created_at', 'updated_at'],
  includes: { index: indexIncludes, show: [...indexIncludes, 'recent_versions', 'related_items', 'authorized_users'] },
  beforeSave: (writing) => {
    mergeArrays(writing);
    checkLabels(writing);
    if (writing.scene.switches.contactWithoutName === 'reject422' && fullName(writing.values) === '') {
      writing.errors.push(invalid('first_name', "can't be blank", writing.place));
    }
  },
};

export function fullName(values: Readonly<Record<string, Json>>): string {
  return [values['first_name'], values['last_name']].filter((part) => typeof part === 'string' && part !== '').join(' ');
}

/** The primary address, or the first when none is marked. */
export function primaryEmail(list: Json | undefined): string | null {
  if (!Array.isArray(list)) return null;
  const entries = list.filter(isObject);
  const chosen = entries.find((entry) => entry['primary'] === true) ?? entries[0];
  return typeof chosen?.['value'] === 'string' ? chosen['value'] : null;
}
