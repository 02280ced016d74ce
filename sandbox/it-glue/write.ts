// Creating and changing records: casts what was sent, checks it, runs the resource's own rules.

import { castValue } from './definitions/cast.js';
import { missingSecret } from './definitions/passwords.js';
import type { Field, Resource, Scene, Writing } from './definitions/field.js';
import { undocumentedNames } from './envelope.js';
import { invalid, invalidOldForm, unauthorizedResource, unprocessable, type ErrorObject } from './errors.js';
import { isObject, snakeKeys, type Json, type JsonObject } from './json.js';
import type { Transaction } from './storage/store.js';
import { isSynced, type Body, type ResourceName, type Row } from './storage/rows.js';

/** What the key that sent the request may do. */
export interface Actor {
  readonly label: string;
  readonly passwordAccess: boolean;
}

export interface WriteContext {
  readonly scene: Scene;
  readonly transaction: Transaction;
  readonly actor: Actor;
  readonly nextId: () => string;
  /** Set by the server: path of the element inside a bulk body, for pointers ('' for a single object). */
  readonly place: string;
}

export interface Sent {
  readonly attributes: JsonObject;
  readonly relationships: JsonObject;
}

/** Takes one resource object of a body apart. Anything beside `attributes` and `relationships` is dropped unless the switch is strict. */
export function readElement(element: JsonObject, resource: Resource, context: WriteContext): Sent {
  const attributes = isObject(element['attributes']) ? snakeKeys(element['attributes']) : (Object.create(null) as JsonObject);
  const relationships = isObject(element['relationships']) ? snakeKeys(element['relationships']) : {};
  if (context.scene.switches.unknownAttributes === 'reject422') {
    const known = new Set([...Object.keys(resource.fields), 'id', 'type', 'created_at', 'updated_at', 'resource_type', 'parent_id', 'attachment', 'password', ...undocumentedNames]);
    const refused = Object.keys(attributes).filter((name) => !known.has(name)).map((name) => invalid(name, 'is not a known attribute', context.place));
    const beside = Object.keys(element).filter((name) => !['type', 'id', 'attributes', 'relationships', 'links', 'meta'].includes(name));
    refused.push(...beside.map((name) => invalidOldForm(name, `${name} must be inside attributes`, context.place)));
    if (refused.length > 0) throw unprocessable(refused);
  }
  return { attributes, relationships };
}

function checkReference(name: string, field: Field, value: string, values: Readonly<Record<string, Json>>, context: WriteContext, errors: ErrorObject[]): void {
  // Where the kind of target depends on another attribute, the resource's own rule checks it.
  if (name === 'resource_id' || name === 'destination_id') return;
  const { scene } = context;
  const target = scene.tables[field.to as ResourceName].get(value);
  const foreign = field.sameOrganization === true && target?.body.values['organization_id'] !== values['organization_id'];
  if (target !== undefined && !foreign) return;
  if (scene.switches.unknownForeignKey === '401') throw unauthorizedResource();
  errors.push(invalid(name, 'must exist', context.place));
}

/** Casts all known attributes into `values`; returns what was sent for them. */
function castAll(resource: Resource, sent: Sent, values: Record<string, Json>, isNew: boolean, context: WriteContext, errors: ErrorObject[]): JsonObject {
  const taken: JsonObject = { ...sent.attributes };
  for (const [name, field] of Object.entries(resource.fields)) {
    const given = sent.attributes[name];
    if (given === undefined || field.write === 'never' || (field.write === 'create' && !isNew)) continue;
    const cast = castValue(field, given, context.scene.switches);
    if (cast === 'keep') continue;
    if ('refused' in cast) errors.push(invalid(name, cast.refused, context.place));
    else {
      values[name] = cast.value;
      taken[name] = cast.value;
    }
  }
  return taken;
}

function checkRequired(resource: Resource, values: Readonly<Record<string, Json>>, context: WriteContext, errors: ErrorObject[]): void {
  for (const [name, field] of Object.entries(resource.fields)) {
    if (field.rule !== 'required') continue;
    const value = values[name];
    const blank = value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
    if (!blank || errors.some(({ source }) => isObject(source ?? null) && String((source as JsonObject)['pointer'] as string).endsWith(`/${name.replace(/_/g, '-')}`))) continue;
    if (name === 'password') {
      if (context.actor.passwordAccess) errors.push(missingSecret(context.place));
    } else errors.push(invalid(name, field.kind === 'ref' ? 'must exist' : "can't be blank", context.place));
  }
}

function guardSecrets(resource: Resource, sent: Sent, context: WriteContext): Sent {
  if (resource.name !== 'passwords' || context.actor.passwordAccess) return sent;
  const attributes = { ...sent.attributes };
  const secrets = ['password', 'otp_secret'].filter((name) => attributes[name] !== undefined && attributes[name] !== null);
  if (secrets.length === 0) return sent;
  if (context.scene.switches.passwordWithoutPermission === 'reject') {
    throw unprocessable(secrets.map((name) => invalid(name, 'this API key has no password access', context.place)));
  }
  for (const name of secrets) delete attributes[name];
  return { ...sent, attributes };
}

function checkUniqueName(resource: Resource, id: string, values: Readonly<Record<string, Json>>, context: WriteContext, errors: ErrorObject[]): void {
  const { switches, tables } = context.scene;
  if (resource.uniqueName === undefined || switches.uniqueLookups === 'off' || typeof values['name'] !== 'string') return;
  const same = tables[resource.name].named(values['name']).filter((row) => row.id !== id)
    .filter((row) => resource.uniqueName === 'account' || row.body.values['manufacturer_id'] === values['manufacturer_id']);
  if (same.length > 0) errors.push(invalid('name', 'has already been taken', context.place));
}

function checkSync(resource: Resource, row: Row, values: Readonly<Record<string, Json>>, context: WriteContext, errors: ErrorObject[]): void {
  if (!isSynced(row.body)) return;
  for (const name of Object.keys(values)) {
    const changed = JSON.stringify(values[name]) !== JSON.stringify(row.body.values[name]);
    if (changed && resource.syncedMayChange?.includes(name) !== true) {
      errors.push(invalid(name, 'cannot be changed because the record is synced', context.place));
    }
  }
}

function save(resource: Resource, id: string, row: Row | null, values: Record<string, Json>, sent: JsonObject, relationships: JsonObject, context: WriteContext, errors: ErrorObject[]): void {
  const { scene, transaction } = context;
  const now = scene.now().toISOString();
  const put = (name: ResourceName, key: string, next: Record<string, Json>): void => {
    const known = scene.tables[name].get(key)?.body;
    const body: Body = { ...known, values: { ...next }, createdAt: known?.createdAt ?? now, updatedAt: now };
    transaction.put(name, key, body);
  };
  const writing: Writing = {
    scene, transaction, id, isNew: row === null, values, sent, relationships, before: row?.body.values ?? null, errors, place: context.place,
    nextId: context.nextId, save: put,
  };
  resource.beforeSave?.(writing);
  if (row !== null) checkSync(resource, row, values, context, errors);
  checkUniqueName(resource, id, values, context, errors);
  if (errors.length > 0) throw unprocessable(errors);
  put(resource.name, id, values);
  resource.afterSave?.(writing);
  if (errors.length > 0) throw unprocessable(errors);
}

/**
 * Creates one record. `fixed` are attributes that the address decides (the organization, the parent); they win over the body.
 * Throws ApiError with every reason found; the caller takes the transaction back.
 */
export function createRecord(resource: Resource, element: JsonObject, fixed: Readonly<Record<string, Json>>, context: WriteContext): string {
  const sent = guardSecrets(resource, readElement(element, resource, context), context);
  const errors: ErrorObject[] = [];
  const values: Record<string, Json> = {};
  for (const [name, field] of Object.entries(resource.fields)) if (field.kind !== 'derived') values[name] = field.initial;
  const taken = castAll(resource, { ...sent, attributes: { ...sent.attributes, ...fixed } }, values, true, context, errors);
  Object.assign(values, fixed);
  checkOrganization(resource, values, context);
  for (const [name, field] of Object.entries(resource.fields)) {
    const value = values[name];
    if (field.kind === 'ref' && typeof value === 'string' && field.write !== 'never') checkReference(name, field, value, values, context, errors);
  }
  checkRequired(resource, values, context, errors);
  if (errors.length > 0) throw unprocessable(errors);
  const id = context.nextId();
  save(resource, id, null, values, taken, sent.relationships, context, errors);
  return id;
}

function checkOrganization(resource: Resource, values: Readonly<Record<string, Json>>, context: WriteContext): void {
  if (resource.fields['organization_id']?.rule !== 'required') return;
  if (typeof values['organization_id'] !== 'string') {
    throw unprocessable([invalidOldForm('organization_id', 'Valid organization_id is required', context.place)]);
  }
}

/** Changes one record. Attributes that cannot be changed, and nulls where null is not taken, are left as they were. */
export function updateRecord(resource: Resource, row: Row, element: JsonObject, context: WriteContext): void {
  const sent = guardSecrets(resource, readElement(element, resource, context), context);
  const errors: ErrorObject[] = [];
  const values: Record<string, Json> = { ...row.body.values };
  const taken = castAll(resource, sent, values, false, context, errors);
  for (const [name, field] of Object.entries(resource.fields)) {
    const value = values[name];
    const changed = value !== row.body.values[name];
    if (changed && field.kind === 'ref' && typeof value === 'string') checkReference(name, field, value, values, context, errors);
  }
  checkRequired(resource, values, context, errors);
  if (errors.length > 0) throw unprocessable(errors);
  save(resource, row.id, row, values, taken, sent.relationships, context, errors);
}
