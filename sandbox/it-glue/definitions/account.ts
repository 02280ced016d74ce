// Groups, domains, expirations and exports: what belongs to the account as a whole or is kept by the service itself.

import { randomBytes } from 'node:crypto';
import { date, derived, nameOf, ofKind, readOnly, ref, requiredName, text, yesNo, type Resource, type Scene, type Writing } from './field.js';
import { readOnlyList } from './lookups.js';
import { invalid, unauthorizedResource } from '../errors.js';
import { isObject, type Json } from '../json.js';

/** Ids named in `relationships`, inside `attributes` or beside them; null when the body names none or names them badly. */
function related({ relationships, errors, place }: Writing, name: 'users' | 'organizations'): string[] | null {
  const holder = relationships[name];
  const data = isObject(holder) ? holder['data'] : undefined;
  if (!Array.isArray(data)) return null;
  const ids = data.map((entry) => {
    const id = isObject(entry) ? ((isObject(entry['attributes']) ? entry['attributes']['id'] : undefined) ?? entry['id']) : undefined;
    return typeof id === 'number' ? String(id) : id;
  });
  if (ids.every((id): id is string => typeof id === 'string' && /^\d+$/.test(id))) return ids;
  errors.push(invalid(name, 'id must be a number', place));
  return null;
}

/** Takes over the members that the body names, wherever it names them; those that are new must exist. */
function takeMembers(writing: Writing, field: 'user_ids' | 'organization_ids', table: 'users' | 'organizations', alias: Json = null): void {
  const { values, before, scene, errors, place } = writing;
  const ids = related(writing, table) ?? ((alias ?? values[field] ?? []) as string[]);
  const known = new Set((before?.[field] ?? []) as string[]);
  if (ids.some((id) => !known.has(id) && scene.tables[table].get(id) === undefined)) {
    if (scene.switches.unknownForeignKey === '401') throw unauthorizedResource();
    errors.push(invalid(table, 'must exist', place));
  }
  values[field] = [...new Set(ids)];
}

const groupIncludes = ['users', 'organizations', 'resource_type_restrictions', 'my_glue_account'];

export const groups: Resource = {
  name: 'groups', title: 'Group', type: 'groups', timestamps: true, emptyRelationships: true,
  fields: {
    name: requiredName(), group_type: text(), show_orgs: yesNo(), my_glue: yesNo(), hide_from_my_glue: yesNo(), description: text(),
    my_glue_account_id: readOnly('number'),
    user_ids: ofKind('refs', { rule: 'optional', initial: [], to: 'users' }), organization_ids: ofKind('refs', { rule: 'optional', initial: [], to: 'organizations' }),
    // The reference changes a group's users under this name.
    accounts_user_ids: ofKind('refs', { rule: 'optional', answer: 'hidden', to: 'users' }),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'destroy'], under: {},
  filters: { name: { kind: 'name', field: 'name' } }, sorts: ['name', 'created_at', 'updated_at'],
  includes: { index: groupIncludes, show: groupIncludes }, shownAfterWrite: ['users', 'organizations'],
  beforeSave: (writing) => {
    const alias = writing.values['accounts_user_ids'];
    writing.values['accounts_user_ids'] = null;
    takeMembers(writing, 'user_ids', 'users', alias);
    takeMembers(writing, 'organization_ids', 'organizations');
  },
};

const domainIncludes = ['passwords', 'attachments', 'user_resource_accesses', 'group_resource_accesses'];

export const domains: Resource = {
  name: 'domains', title: 'Domain', type: 'domains', timestamps: true, emptyRelationships: false,
  fields: {
    organization_id: ref('organizations'), organization_name: nameOf('organization_id', 'organizations'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/domains/${row.id}`),
    name: text(), screenshot: readOnly('text', ''), registrar_name: text(), notes: text(), expires_on: date({ asTime: true }),
  },
  top: ['index'], under: { organizations: ['index'] },
  filters: { id: { kind: 'id', field: 'id' }, organization_id: { kind: 'ref', field: 'organization_id' } },
  sorts: ['created_at', 'updated_at'], includes: { index: domainIncludes, show: domainIncludes },
};

export const expirations: Resource = {
  name: 'expirations', title: 'Expiration', type: 'expirations', timestamps: true, emptyRelationships: true,
  fields: {
    organization_id: ref('organizations'), organization_name: nameOf('organization_id', 'organizations'),
    resource_id: ref('configurations'), resource_name: text(), resource_type: derived((row) => row.body.values['resource_type_name'] ?? null), resource_type_name: text(),
    resource_attribute_name: derived(() => 'warranty_expires_at'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/configurations/${String(row.body.values['resource_id'])}`),
    description: text(), expiration_date: date({ asTime: true }),
  },
  top: readOnlyList, under: { organizations: readOnlyList },
  filters: {
    id: { kind: 'id', field: 'id' }, resource_id: { kind: 'ref', field: 'resource_id' }, resource_name: { kind: 'exact', field: 'resource_name' },
    resource_type_name: { kind: 'exact', field: 'resource_type_name' }, description: { kind: 'exact', field: 'description' },
    expiration_date: { kind: 'day', field: 'expiration_date' }, organization_id: { kind: 'ref', field: 'organization_id' },
    'range.expiration_date': { kind: 'dates', field: 'expiration_date' },
  },
  sorts: ['id', 'organization_id', 'expiration_date', 'created_at', 'updated_at'], includes: { index: [], show: [] },
};

/** An export is made in the background; it has an address only when it is done. */
export function exportReady(createdAt: string, scene: Scene): boolean {
  return scene.now().getTime() - Date.parse(createdAt) >= scene.switches.exportDelayMs;
}

export const exports_: Resource = {
  name: 'exports', title: 'Export', type: 'exports', timestamps: true, emptyRelationships: false,
  fields: {
    organization_id: ref('organizations', { write: 'create' }), organization_name: nameOf('organization_id', 'organizations'),
    export_all: derived((row) => row.body.values['organization_id'] === null),
    include_logs: yesNo(false, { write: 'create' }), is_zip_encrypted: derived((row) => typeof row.body.values['zip_password'] === 'string'),
    encrypted_status: derived((row) => (typeof row.body.values['zip_password'] === 'string' ? 'encrypted' : 'unencrypted')),
    zip_password: ofKind('secret', { rule: 'nullable', write: 'create', answer: 'hidden' }),
    status: derived((row, scene) => (exportReady(row.body.createdAt, scene) ? 'completed' : 'processing')),
    download_url: derived((row, scene) => (exportReady(row.body.createdAt, scene) ? `${scene.origin}/__sandbox/exports/${row.id}/${String(row.body.values['token'])}` : null)),
  },
  top: ['index', 'show', 'create', 'destroy'], under: {},
  filters: { id: { kind: 'id', field: 'id' } }, sorts: ['created_at', 'updated_at'], includes: { index: [], show: [] },
  beforeSave: ({ values }) => {
    values['token'] = randomBytes(18).toString('base64url');
  },
};
