// Writes answers. JSON is put together as text because ids above 2^53 must go out as numbers, which JSON.stringify cannot do.

import type { Field, Resource, Scene } from './definitions/field.js';
import { isObject, toKebab, type Json } from './json.js';
import type { Row } from './storage/rows.js';

/** Which of an object's attributes an answer shows. */
export interface Showing {
  readonly form: 'list' | 'full';
  /** Whether a password's value is part of the answer; decided by key, verb and show_password. */
  readonly secret: 'shown' | 'left out';
}

/** One related set that the caller asked for with `include`. */
export interface Related {
  readonly name: string;
  /** A to-one relation answers an object or null instead of an array. */
  readonly single: boolean;
  readonly members: readonly (readonly [Resource, Row])[];
}

type Writer = (row: Row, scene: Scene, showing: Showing) => string;

/** Digits as a JSON number of any size; whatever else is there as JSON of its own, so that no text breaks out of the answer. */
const digits = (value: Json | undefined): string => (typeof value === 'string' && /^(?:0|-?[1-9]\d*)$/.test(value) ? value : JSON.stringify(value ?? null));

const startOfDay = (value: Json): Json => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00.000Z` : value);

function kebabDeep(value: Json): Json {
  if (Array.isArray(value)) return value.map(kebabDeep);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toKebab(key), kebabDeep(inner)]));
}

function valueWriter(name: string, field: Field): (row: Row, scene: Scene) => string {
  const { derive } = field;
  if (derive !== undefined) return field.asNumber === true ? (row, scene) => digits(derive(row, scene)) : (row, scene) => JSON.stringify(derive(row, scene));
  switch (field.kind) {
    case 'ref':
    case 'number':
      return (row) => digits(row.body.values[name]);
    case 'date':
      if (field.asTime !== true) return (row) => JSON.stringify(row.body.values[name] ?? null);
      return (row) => JSON.stringify(startOfDay(row.body.values[name] ?? null));
    case 'refs':
      return (row) => `[${((row.body.values[name] ?? []) as Json[]).map(digits).join(',')}]`;
    case 'attachment':
      return (row, scene) => JSON.stringify(isObject(row.body.values[name] ?? null) ? `${scene.origin}/__sandbox/pictures/${row.id}` : '');
    case 'emails':
    case 'phones':
      return (row) => JSON.stringify(kebabDeep(row.body.values[name] ?? []));
    default:
      return (row) => JSON.stringify(row.body.values[name] ?? null);
  }
}

/** Attributes no document names: clients must live with them. */
const undocumented = ',"pinned":false,"asset-layout-id":null';
export const undocumentedNames = new Set(['pinned', 'asset_layout_id']);

function compile(resource: Resource): Writer {
  const parts = Object.entries(resource.fields)
    .filter(([, field]) => field.answer !== 'hidden')
    .map(([name, field], index) => ({
      key: `${index === 0 ? '' : ','}${JSON.stringify(toKebab(name))}:`,
      onlyFull: field.answer === 'showOnly',
      write: valueWriter(name, field),
    }));
  // The contract knows one attribute that lists cut short.
  const cut = resource.name === 'organizations' ? 250 : 0;
  return (row, scene, showing) => {
    let out = '';
    for (const part of parts) {
      if (part.onlyFull && showing.form === 'list') continue;
      if (cut > 0 && showing.form === 'list' && part.key === ',"quick-notes":') {
        const notes = row.body.values['quick_notes'];
        out += part.key + JSON.stringify(typeof notes === 'string' ? notes.slice(0, cut) : null);
      } else out += part.key + part.write(row, scene);
    }
    if (showing.secret === 'shown') out += `,"password":${JSON.stringify(row.body.values['password'] ?? null)}`;
    if (resource.timestamps) out += `,"created-at":"${row.body.createdAt}","updated-at":"${row.body.updatedAt}"`;
    if (scene.switches.extraAttributes === 'on') out += undocumented;
    return out;
  };
}

const compiled = new WeakMap<Resource, Writer>();

function writerOf(resource: Resource): Writer {
  let writer = compiled.get(resource);
  if (writer === undefined) compiled.set(resource, (writer = compile(resource)));
  return writer;
}

/** One resource object: `{"id":"…","type":"…","attributes":{…}}`, with relationships where the resource has them. */
export function objectText(resource: Resource, row: Row, scene: Scene, showing: Showing, related: readonly Related[] = []): string {
  let relationships = '';
  if (related.length > 0) {
    const members = related.map(({ name, single, members: list }) => {
      const linkage = list.map(([other, each]) => `{"id":"${each.id}","type":"${other.type}"}`);
      return `${JSON.stringify(toKebab(name))}:{"data":${single ? (linkage[0] ?? 'null') : `[${linkage.join(',')}]`}}`;
    });
    relationships = `,"relationships":{${members.join(',')}}`;
  } else if (resource.emptyRelationships) relationships = ',"relationships":{}';
  return `{"id":"${row.id}","type":"${resource.type}","attributes":{${writerOf(resource)(row, scene, showing)}}${relationships}}`;
}

/** The `included` part: each related object once. Empty text when nothing was asked for. */
export function includedText(related: readonly Related[], scene: Scene, asked: boolean): string {
  if (!asked) return '';
  const seen = new Map<string, string>();
  for (const { members } of related) {
    for (const [resource, row] of members) {
      const key = `${resource.type}:${row.id}`;
      if (!seen.has(key)) seen.set(key, objectText(resource, row, scene, { form: 'list', secret: 'left out' }));
    }
  }
  return `,"included":[${[...seen.values()].join(',')}]`;
}

export interface PageInfo {
  readonly number: number;
  readonly size: number;
  readonly total: number;
}

/** meta and links of a list. On the last page the key `next` is left out: clients follow it for as long as it exists. */
export function pageText(page: PageInfo, path: string, query: URLSearchParams, origin: string): string {
  const last = Math.max(1, Math.ceil(page.total / page.size));
  const next = page.number < last ? page.number + 1 : null;
  const previous = page.number > 1 ? Math.min(page.number - 1, last) : null;
  const address = (number: number): string => {
    const wanted = new URLSearchParams(query);
    wanted.set('page[number]', String(number));
    wanted.set('page[size]', String(page.size));
    return `${origin}${path}?${wanted.toString()}`;
  };
  const links: Record<string, string> = { self: address(page.number), first: address(1) };
  if (previous !== null) links['prev'] = address(previous);
  if (next !== null) links['next'] = address(next);
  links['last'] = address(last);
  const meta = {
    'current-page': page.number, 'next-page': next, 'prev-page': previous, 'total-pages': last, 'total-count': page.total, filters: {},
  };
  return `,"meta":${JSON.stringify(meta)},"links":${JSON.stringify(links)}`;
}
