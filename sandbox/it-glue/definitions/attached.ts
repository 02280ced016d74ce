// Attachments and related items: records that hang on any other record and are found by "type:id" of what they hang on.

import { derived, readOnly, ref, text, yesNo, type Operation, type Resource, type Scene } from './field.js';
import { invalid } from '../errors.js';
import { toKebab, type Json } from '../json.js';
import { fullName } from './contacts.js';
import type { ResourceName, Row } from '../storage/rows.js';

/** Path segments that may carry attachments; null: a kind this stand-in holds no records of. */
export const attachableTypes: Readonly<Record<string, ResourceName | null>> = {
  checklists: null, checklist_templates: null, configurations: 'configurations', contacts: 'contacts', documents: null, domains: 'domains',
  locations: 'locations', passwords: 'passwords', ssl_certificates: null, flexible_assets: null, tickets: null,
};
export const relatableTypes: Readonly<Record<string, ResourceName | null>> = { ...attachableTypes, folders: null };

/** Kinds a relation may point to, by the word in `destination_type`. */
export const destinationTypes: Readonly<Record<string, ResourceName | null>> = {
  User: 'users', Checklist: null, 'Checklist Template': null, Contact: 'contacts', Configuration: 'configurations', 'Datto Device': null,
  Document: null, 'Document Folder': null, Domain: 'domains', Location: 'locations', Organization: 'organizations', Password: 'passwords',
  'SSL Certificate': null, 'Flexible Asset': null, Ticket: null,
};

export const parentKey = (resource: string, id: string): string => `${resource}:${id}`;

export const attachments: Resource = {
  name: 'attachments', title: 'Attachment', type: 'attachments', timestamps: true, emptyRelationships: false,
  fields: {
    resource_id: ref('locations', { write: 'never' }), resource_type: readOnly(),
    name: text({ rule: 'optional' }), attachment_file_name: readOnly(), attachment_content_type: readOnly(), attachment_file_size: readOnly('number'),
    ext: derived((row) => extension(row.body.values['attachment_file_name'])), viewable: readOnly('boolean', false),
    // Not guessable: the real address is signed, and whoever holds it needs no key.
    download_url: derived((row, scene) => `${scene.origin}/__sandbox/files/${row.id}/${String(row.body.values['token'])}/${encodeURIComponent(String(row.body.values['attachment_file_name']))}`),
  },
  top: [], under: { any: ['index', 'show', 'create', 'bulkCreate', 'update', 'bulkDestroy'] satisfies Operation[] },
  filters: { id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' } },
  sorts: ['name', 'id', 'created_at', 'updated_at'], includes: { index: [], show: [] },
};

export function extension(fileName: Json | undefined): string | null {
  return typeof fileName === 'string' ? (/\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? null) : null;
}

/** One end of a relation: its kind as `destination_type` says it, and the record where there is one. */
interface End {
  readonly kind: string;
  readonly table: ResourceName | null;
  readonly id: Json;
}

function destination({ body: { values } }: Row): End {
  const kind = String(values['destination_type']);
  return { kind, table: destinationTypes[kind] ?? null, id: values['destination_id'] ?? null };
}

function source({ body: { values } }: Row): End {
  const segment = String(values['source_type']);
  const table = relatableTypes[segment] ?? null;
  return { kind: Object.keys(destinationTypes).find((kind) => table !== null && destinationTypes[kind] === table) ?? segment, table, id: values['source_id'] ?? null };
}

/** A relation as the record sees it that it leads to: the other end is then where it starts. */
export const seenFromDestination = (row: Row): Row => ({ ...row, body: { ...row.body, values: { ...row.body.values, seen_from: 'destination' } } });

const otherEnd = (row: Row): End => (row.body.values['seen_from'] === 'destination' ? source(row) : destination(row));

const recordAt = ({ table, id }: End, scene: Scene): Row | undefined => (table === null ? undefined : scene.tables[table].get(String(id as string)));

function nameAt(end: End, scene: Scene): Json {
  const record = recordAt(end, scene);
  return record === undefined ? null : (record.body.values['name'] ?? fullName(record.body.values));
}

/** Relations that lead to a record, whichever record they start at. */
export function relationsTo(resource: ResourceName, id: string, tables: Scene['tables']): readonly Row[] {
  return tables.related_items.list().filter(({ body: { values } }) =>
    values['destination_id'] === id && destinationTypes[String(values['destination_type'])] === resource);
}

export const relatedItems: Resource = {
  name: 'related_items', title: 'Related Item', type: 'related-items', timestamps: true, emptyRelationships: false,
  fields: {
    source_id: ref('locations', { write: 'never' }), source_type: readOnly(),
    resource_id: derived((row) => otherEnd(row).id, true), resource_type: derived((row) => otherEnd(row).kind),
    // The same kind as a word of code: `configuration`, `ssl_certificate`.
    asset_type: derived((row) => otherEnd(row).kind.toLowerCase().replace(/ /g, '_')),
    name: derived((row, scene) => nameAt(otherEnd(row), scene)),
    archived: derived((row, scene) => recordAt(otherEnd(row), scene)?.body.values['archived'] === true),
    destination_id: ref('locations', { rule: 'required', write: 'create' }),
    destination_type: text({ rule: 'required', write: 'create', oneOf: Object.keys(destinationTypes) }),
    destination_name: derived((row, scene) => nameAt(destination(row), scene)),
    notes: text({ rule: 'optional' }), via_copilot: yesNo(false, { rule: 'optional', write: 'create' }),
    resource_url: derived((row, scene) => {
      const { table } = otherEnd(row);
      const target = recordAt(otherEnd(row), scene);
      return target !== undefined && table !== null ? `${scene.webUrl}/${String(target.body.values['organization_id'] ?? target.id)}/${toKebab(table)}/${target.id}` : null;
    }),
  },
  // There is no GET: relations are read through include=related_items of their source.
  top: [], under: { any: ['create', 'bulkCreate', 'update', 'bulkDestroy'] satisfies Operation[] },
  filters: {}, sorts: [], includes: { index: [], show: [] },
  beforeSave: ({ values, isNew, scene, errors, place }) => {
    if (!isNew || typeof values['destination_type'] !== 'string') return;
    const table = destinationTypes[values['destination_type']];
    if (!table || scene.tables[table].get(String(values['destination_id'])) === undefined) {
      errors.push(invalid('destination_id', 'must exist', place));
    }
    if (scene.switches.relatedItemDuplicates === 'allow') return;
    const same = scene.tables.related_items.group(String(values['parent_key'])).some(({ body }) =>
      body.values['destination_id'] === values['destination_id'] && body.values['destination_type'] === values['destination_type']);
    if (same) errors.push(invalid('destination_id', 'has already been taken', place));
  },
};
