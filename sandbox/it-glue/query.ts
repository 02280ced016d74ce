// Reads a list's query: filter[...], sort, page[...], include.

import { readDateRange } from './dates.js';
import { badRequest, errors, invalidOldForm, unprocessable, type ApiError } from './errors.js';
import { primaryEmail } from './definitions/contacts.js';
import type { Filter, Resource, Scene } from './definitions/field.js';
import { toSnake, type Json } from './json.js';
import { compareIds, type Row } from './storage/rows.js';

/** filter[a][b]=v as ["a.b", v], keys in snake_case. The values of filter[a][] and filter[a][0] are alternatives, as with a comma. */
export function readFilters(query: URLSearchParams): Map<string, string> {
  const filters = new Map<string, string>();
  const lists = new Set<string>();
  for (const [key, value] of query) {
    const inside = /^filter((?:\[[^\]]*\])+)$/.exec(key)?.[1];
    if (inside === undefined || value === '') continue;
    const parts = [...inside.matchAll(/\[([^\]]*)\]/g)].map((match) => toSnake(match[1] ?? ''));
    const isList = parts.length > 1 && /^\d*$/.test(parts.at(-1) as string);
    const name = (isList ? parts.slice(0, -1) : parts).filter(Boolean).join('.');
    const before = isList && lists.has(name) ? filters.get(name) : undefined;
    filters.set(name, before === undefined ? value : `${before},${value}`);
    if (isList) lists.add(name);
  }
  return filters;
}

/** Comma means "or"; a literal comma is written `\,`. */
export function splitList(value: string): string[] {
  return value.split(/(?<!\\),/).map((part) => part.replace(/\\,/g, ',')).filter((part) => part !== '');
}

function stored(resource: Resource, row: Row, name: string, scene: Scene): Json {
  if (name === 'id') return row.id;
  if (name === 'created_at') return row.body.createdAt;
  if (name === 'updated_at') return row.body.updatedAt;
  const derive = resource.fields[name]?.derive;
  return derive === undefined ? (row.body.values[name] ?? null) : derive(row, scene);
}

type Test = (row: Row) => boolean;

function syncTest(kind: 'psa' | 'rmm', wanted: readonly string[], integration: string | undefined): Test {
  if (integration === undefined) throw unprocessable([invalidOldForm(`${kind}_integration_type`, `${kind}_integration_type is required with ${kind}_id`)]);
  return ({ body: { sync } }) => sync?.kind === kind && sync.integration === integration && wanted.includes(sync.id);
}

function testFor(resource: Resource, filter: Filter, value: string, filters: ReadonlyMap<string, string>, scene: Scene): Test {
  const list = splitList(value);
  const wanted = new Set(list);
  const read = (row: Row): Json => stored(resource, row, filter.field, scene);
  switch (filter.kind) {
    case 'id':
    case 'ref':
    case 'exact':
      return (row) => {
        const found = read(row);
        return found !== null && wanted.has(String(found as string));
      };
    case 'name': {
      const mode = scene.switches.filterName;
      if (mode === 'exact') return (row) => wanted.has(String(read(row) as string));
      const lower = list.map((each) => each.toLowerCase());
      return mode === 'exactCaseInsensitive'
        ? (row) => lower.includes(String(read(row) as string).toLowerCase())
        : (row) => list.some((each) => String(read(row) as string).includes(each));
    }
    case 'boolean': {
      const asked = new Set<Json>(list.map((each) => ['true', '1'].includes(each.toLowerCase())));
      return (row) => asked.has(read(row));
    }
    case 'email': {
      const lower = new Set(list.map((each) => each.toLowerCase()));
      return (row) => lower.has((primaryEmail(row.body.values[filter.field]) ?? '').toLowerCase());
    }
    case 'day': {
      const days = new Set(list.map((each) => each.slice(0, 10)));
      return (row) => days.has(String(read(row) as string).slice(0, 10));
    }
    case 'dates': {
      const range = readDateRange(value);
      if (range === null) throw unprocessable([invalidOldForm(filter.field, `Invalid date range for ${filter.field}`)]);
      return (row) => {
        const time = Date.parse(String(read(row) as string));
        return time >= range.from && time <= range.to;
      };
    }
    case 'psa':
    case 'rmm':
      return syncTest(filter.kind, list, filters.get(`${filter.kind}_integration_type`));
    case 'companion':
      return () => true;
    case 'idExclude':
    case 'textExclude':
      return (row) => !wanted.has(String(read(row) as string));
    case 'numbers': {
      const [from = '*', to = '*'] = value.split(',');
      return (row) => {
        const number = Number(read(row) ?? NaN);
        return (from === '*' || number >= Number(from)) && (to === '*' || number <= Number(to));
      };
    }
    case 'member': {
      const members = new Set(list.flatMap((id) => (scene.tables.groups.get(id)?.body.values['organization_ids'] ?? []) as string[]));
      return (row) => members.has(row.id);
    }
  }
}

/** Rows of `candidates` that pass all known filters; unknown ones are ignored unless the switch says otherwise. */
export function applyFilters(resource: Resource, candidates: readonly Row[], filters: ReadonlyMap<string, string>, scene: Scene): readonly Row[] {
  let rows = candidates;
  for (const [key, value] of filters) {
    const filter = Object.hasOwn(resource.filters, key) ? resource.filters[key] : undefined;
    if (filter === undefined) {
      if (scene.switches.unknownFilter === 'reject400') throw badRequest(`Filter ${key} is not allowed`);
      continue;
    }
    rows = rows.filter(testFor(resource, filter, value, filters, scene));
  }
  return rows;
}

/** Where a name or id filter already says which few rows can match, only those are looked at. */
export function narrow(resource: Resource, filters: ReadonlyMap<string, string>, scene: Scene): readonly Row[] | null {
  const table = scene.tables[resource.name];
  const ids = resource.filters['id'] === undefined ? undefined : filters.get('id');
  if (ids !== undefined) return splitList(ids).map((id) => table.get(id)).filter((row) => row !== undefined).sort((a, b) => compareIds(a.id, b.id));
  const names = filters.get('name');
  if (names === undefined || resource.filters['name']?.kind !== 'name' || resource.fields['name']?.derive !== undefined || scene.switches.filterName === 'substring') {
    const organization = resource.filters['organization_id'] === undefined ? undefined : filters.get('organization_id');
    return organization === undefined ? null : splitList(organization).flatMap((id) => table.group(id)).sort((a, b) => compareIds(a.id, b.id));
  }
  return [...new Set(splitList(names).flatMap((name) => table.named(name)))].sort((a, b) => compareIds(a.id, b.id));
}

function refusal(status: '400' | '422', what: string): ApiError {
  return status === '400' ? badRequest(what) : errors(422, [{ status: 422, title: 'Unprocessable Entity', detail: what }]);
}

function compareValues(a: Json, b: Json): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'string' && typeof b === 'string') {
    const [left, right] = [a.toLowerCase(), b.toLowerCase()];
    return left < right ? -1 : left > right ? 1 : a < b ? -1 : a > b ? 1 : 0;
  }
  return Number(a) - Number(b);
}

export function applySort(resource: Resource, rows: readonly Row[], query: URLSearchParams, scene: Scene): readonly Row[] {
  const asked = query.get('sort');
  if (asked === null || asked === '') return rows;
  const keys: { name: string; sign: 1 | -1 }[] = [];
  for (const part of asked.split(',')) {
    const name = toSnake(part.trim().replace(/^-/, ''));
    if (!resource.sorts.includes(name)) {
      if (scene.switches.invalidSort === 'ignore') continue;
      throw refusal(scene.switches.invalidSort, `Invalid sort parameter: ${name}`);
    }
    keys.push({ name, sign: part.trim().startsWith('-') ? -1 : 1 });
  }
  return [...rows].sort((a, b) => {
    for (const { name, sign } of keys) {
      const isId = name === 'id' || name.endsWith('_id');
      const [left, right] = [stored(resource, a, name, scene), stored(resource, b, name, scene)];
      const order = isId && typeof left === 'string' && typeof right === 'string' ? compareIds(left, right) : compareValues(left, right);
      if (order !== 0) return order * sign;
    }
    return compareIds(a.id, b.id);
  });
}

export function readPage(query: URLSearchParams, scene: Scene): { number: number; size: number } {
  const whole = (name: string, fallback: number): number => {
    // Leading digits count and the rest is dropped: clients send `2.0`, or two parameters run together.
    const number = Number(/^\s*(\d{1,9})/.exec(query.get(`page[${name}]`) ?? '')?.[1] ?? 0);
    return number > 0 ? number : fallback;
  };
  const size = whole('size', 50);
  if (size > 1_000 && scene.switches.pageSizeAboveMax === '400') throw badRequest('page[size] must be less than or equal to 1000');
  return { number: whole('number', 1), size: Math.min(size, 1_000) };
}

export function readIncludes(resource: Resource, query: URLSearchParams, form: 'index' | 'show', scene: Scene): readonly string[] {
  const offered = resource.includes[scene.switches.listIncludes === 'likeShow' ? 'show' : form];
  const known: string[] = [];
  for (const part of (query.get('include') ?? '').split(',')) {
    const name = toSnake(part.trim());
    if (name === '' || known.includes(name)) continue;
    if (offered.includes(name)) known.push(name);
    else if (scene.switches.invalidInclude !== 'ignore') throw refusal(scene.switches.invalidInclude, `Invalid include parameter: ${name}`);
  }
  return known;
}
