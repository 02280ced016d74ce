import { derived, nameOf, ofKind, readOnly, ref, requiredName, text, timestamp, yesNo, type Resource, type Scene, type Writing } from './field.js';
import { invalid, unauthorizedResource, type ErrorObject } from '../errors.js';
import { isObject, snakeKeys, toKebab, type Json } from '../json.js';
import { fullName } from './contacts.js';
import type { ResourceName, Row } from '../storage/rows.js';

/** What a password can be embedded in, as `resource-type` spells it; null: a kind this stand-in holds no records of. */
export const embeddableTypes: Readonly<Record<string, ResourceName | null>> = {
  Configuration: 'configurations', Contact: 'contacts', Document: null, Domain: 'domains', Location: 'locations',
  'SSL Certificate': null, 'Flexible Asset': null, Ticket: null,
};

const indexIncludes = [
  'network_glue_networks', 'attachments', 'rotatable_password', 'updater', 'shared_links', 'active_shared_links', 'user_resource_accesses', 'group_resource_accesses',
];

function parentOf(row: Row, scene: Scene): Row | undefined {
  const table = embeddableTypes[String(row.body.values['resource_type'])];
  return table ? scene.tables[table].get(String(row.body.values['resource_id'])) : undefined;
}

/** The kind of the parent as answers spell it; what is written and stored is the word of the reference in any case. */
function answeredType(row: Row, scene: Scene): Json {
  const type = row.body.values['resource_type'] ?? null;
  const table = embeddableTypes[String(type as string)];
  return scene.switches.embeddedResourceType === 'kebabPlural' && table ? toKebab(table) : type;
}

function embed({ values, sent, scene, errors, place, isNew }: Writing): void {
  if (!isNew) return;
  const type = sent['resource_type'] ?? null;
  const id = values['resource_id'] ?? null;
  if (type === null && id === null) return;
  if (typeof type !== 'string' || !Object.hasOwn(embeddableTypes, type)) {
    if (scene.switches.embeddedPasswordUnknownType === '422') errors.push(invalid('resource_type', 'is not included in the list', place));
    // Otherwise it silently becomes a general password, as was reported from a live tenant.
    values['resource_id'] = null;
    values['resource_type'] = null;
    return;
  }
  const table = embeddableTypes[type];
  const target = table ? scene.tables[table].get(String(id)) : undefined;
  if (target?.body.values['organization_id'] !== values['organization_id'] || target === undefined) {
    if (scene.switches.unknownForeignKey === '401') throw unauthorizedResource();
    errors.push(invalid('resource_id', 'must exist', place));
  }
}

/** relationships.password_category: links the category of that name, or makes it. */
function category({ values, relationships, scene, isNew, save, nextId, errors, place }: Writing): void {
  const holder = relationships['password_category'];
  const data = isObject(holder) && isObject(holder['data']) ? holder['data'] : null;
  const attributes = data !== null && isObject(data['attributes']) ? snakeKeys(data['attributes']) : null;
  if (!isNew || attributes === null || values['password_category_id'] !== null) return;
  const name = attributes['name'];
  if (typeof name !== 'string' || name === '') {
    errors.push(invalid('password_category', "can't be blank", place));
    return;
  }
  const known = scene.tables.password_categories.named(name).find((row) => row.body.values['name'] === name);
  const id = known?.id ?? nextId();
  if (known === undefined) save('password_categories', id, { name });
  values['password_category_id'] = id;
}

const secretChanged = (values: Readonly<Record<string, Json>>, before: Readonly<Record<string, Json>> | null): boolean => values['password'] !== before?.['password'];

export const passwords: Resource = {
  name: 'passwords', title: 'Password', type: 'passwords', timestamps: true, emptyRelationships: true,
  fields: {
    organization_id: ref('organizations', { rule: 'required', write: 'create' }), organization_name: nameOf('organization_id', 'organizations'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/passwords/${row.id}`),
    restricted: yesNo(), my_glue: yesNo(false, { write: 'never' }),
    name: requiredName(), autofill_selectors: text(), username: text(), url: text(), notes: text(),
    password_updated_at: timestamp(), updated_by: readOnly('number'), updated_by_type: readOnly(),
    resource_id: ref('locations', { write: 'create' }),
    cached_resource_type_name: derived((row) => row.body.values['resource_type'] ?? null),
    cached_resource_name: derived((row, scene) => {
      const parent = parentOf(row, scene);
      return parent === undefined ? null : (parent.body.values['name'] ?? fullName(parent.body.values));
    }),
    password_category_id: ref('password_categories'), password_category_name: nameOf('password_category_id', 'password_categories'),
    otp_enabled: derived((row) => typeof row.body.values['otp_secret'] === 'string' && row.body.values['otp_secret'] !== ''),
    otp_secret: ofKind('secret', { rule: 'nullable', answer: 'hidden' }),
    password_folder_id: readOnly('number'), resource_type: { ...readOnly(), derive: answeredType },
    parent_url: derived((row, scene) => {
      const table = embeddableTypes[String(row.body.values['resource_type'])];
      return table && parentOf(row, scene) !== undefined ? `${scene.webUrl}/${String(row.body.values['organization_id'])}/${table}/${String(row.body.values['resource_id'])}` : null;
    }),
    vault_id: readOnly('number'), archived: yesNo(), personal: yesNo(false, { write: 'never' }),
    is_live: yesNo(null, { answer: 'showOnly' }), shareable: yesNo(false, { answer: 'showOnly' }), generated_password_type: text({ answer: 'showOnly' }),
    // Answered by the rules of show_password and key permission, never by the plain rendering.
    password: ofKind('secret', { rule: 'required', answer: 'hidden' }),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'destroy', 'bulkDestroy'],
  under: { organizations: ['index', 'show', 'create', 'bulkCreate', 'update', 'bulkDestroy', 'bulkDestroyMember'] },
  filters: {
    id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' }, organization_id: { kind: 'ref', field: 'organization_id' },
    password_category_id: { kind: 'ref', field: 'password_category_id' }, url: { kind: 'exact', field: 'url' },
    cached_resource_name: { kind: 'exact', field: 'cached_resource_name' }, archived: { kind: 'boolean', field: 'archived' },
  },
  sorts: ['name', 'username', 'url', 'id', 'created_at', 'updated_at'],
  includes: { index: indexIncludes, show: [...indexIncludes, 'recent_versions', 'related_items', 'authorized_users'] },
  beforeSave: (writing) => {
    const { values, sent, isNew, before, scene } = writing;
    if (isNew && sent['resource_type'] !== undefined) values['resource_type'] = sent['resource_type'];
    embed(writing);
    category(writing);
    if (secretChanged(values, before) && (sent['password_updated_at'] ?? null) === null) values['password_updated_at'] = scene.now().toISOString();
  },
};

export const missingSecret = (place: string): ErrorObject => invalid('password', "can't be blank", place);
