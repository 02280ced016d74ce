// Answers one request of the API: from address, verb, query and body to status and text.

import { fileOf, readMultipart, saveAttachment } from './attach.js';
import { readBody, type ParsedBody } from './body.js';
import { listComputed } from './computed-lists.js';
import { destinationTypes, parentKey } from './definitions/attached.js';
import type { Operation, Scene } from './definitions/field.js';
import { includedText, objectText, pageText, type Related, type Showing } from './envelope.js';
import {
  ApiError, badRequest, bulkNotAllowed, missingParameter, notFound, unauthorizedResource, unknownRoute, unprocessable, type ErrorObject,
} from './errors.js';
import { relatedOf } from './include.js';
import { isObject, snakeKeys, type Json, type JsonObject } from './json.js';
import { applyFilters, applySort, narrow, readFilters, readIncludes, readPage } from './query.js';
import { removeRecord } from './removal.js';
import { operationOf, resolve, type Route } from './routes.js';
import type { Blobs } from './storage/blobs.js';
import { compareIds, groupField, type Row } from './storage/rows.js';
import type { Store } from './storage/store.js';
import { createRecord, updateRecord, type Actor, type WriteContext } from './write.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
  readonly actor: Actor;
}

export interface Answer {
  readonly status: number;
  /** JSON text; empty for 204. */
  readonly text: string;
}

export interface Account {
  readonly store: Store;
  readonly blobs: Blobs;
}

type Handling = { readonly account: Account; readonly scene: Scene; readonly call: Call; readonly route: Route };

/** Handles a call that has passed the gateway. Throws ApiError for every refusal. */
export function handle(account: Account, scene: Scene, call: Call): Answer {
  const address = resolve(call.path);
  if (address === null) throw unknownRoute();
  if ('computed' in address) {
    if (call.method !== 'GET') throw unknownRoute();
    return { status: 200, text: listComputed(address.computed, scene, call) };
  }
  const operation = operationOf(call.method, address);
  if (operation === null) throw unknownRoute();
  const handling: Handling = { account, scene, call, route: address };
  checkParent(handling, operation);
  switch (operation) {
    case 'index':
      return index(handling);
    case 'show':
      return show(handling);
    case 'create':
    case 'bulkCreate':
      return create(handling);
    case 'update':
      return update(handling);
    case 'bulkUpdate':
      return bulkUpdate(handling);
    case 'destroy':
      return destroy(handling);
    case 'bulkDestroy':
      return bulkDestroy(handling);
    case 'bulkDestroyMember':
      return call.body.length > 0 || hasFilter(call) ? bulkDestroy(handling) : removeAndShow(handling, [member(handling)]);
  }
}

function checkParent({ route, scene }: Handling, operation: Operation): void {
  const { parent } = route;
  if (parent === null) return;
  if (parent.table !== null && scene.tables[parent.table].get(parent.id) !== undefined) return;
  // The list of a country's regions does not look at the country (see the switch), so it does not miss it either.
  if (parent.segment === 'countries' && operation === 'index' && scene.switches.countryRegionsRoute === 'ignoresCountry') return;
  throw parent.segment === 'organizations' && scene.switches.unknownForeignKey === '401' ? unauthorizedResource() : notFound(scene.switches.notFoundForm);
}

/** Rows a nested list is about, or the whole table. */
function candidates({ route, scene }: Handling): readonly Row[] {
  const table = scene.tables[route.resource.name];
  const { parent, resource } = route;
  if (parent === null) return table.list();
  if (parent.segment === 'countries' && scene.switches.countryRegionsRoute === 'ignoresCountry') return table.list();
  return table.group(groupField[resource.name] === 'parent_key' ? parentKey(parent.segment, parent.id) : parent.id);
}

function index(handling: Handling): Answer {
  const { route, scene, call } = handling;
  const { resource } = route;
  const filters = route.parent !== null && scene.switches.nestedFilter === 'ignore' ? new Map<string, string>() : readFilters(call.query);
  const page = readPage(call.query, scene);
  const includes = readIncludes(resource, call.query, 'index', scene);
  const pool = (route.parent === null ? narrow(resource, filters, scene) : null) ?? candidates(handling);
  const rows = applySort(resource, applyFilters(resource, pool, filters, scene), call.query, scene);
  const shown = rows.slice((page.number - 1) * page.size, page.number * page.size);
  const related = shown.map((row) => relatedOf(resource, row, includes, scene));
  const data = shown.map((row, at) => objectText(resource, row, scene, { form: 'list', secret: 'left out' }, related[at] ?? []));
  const tail = pageText({ ...page, total: rows.length }, call.path, call.query, scene.origin);
  return { status: 200, text: `{"data":[${data.join(',')}]${includedText(related.flat(), scene, includes.length > 0)}${tail}}` };
}

/** A relation can be named from either of its ends. */
function leadsTo(row: Row, { resource, parent }: Route): boolean {
  const { values } = row.body;
  return resource.name === 'related_items' && parent !== null && values['destination_id'] === parent.id && destinationTypes[String(values['destination_type'])] === parent.table;
}

/** The one record the address names; a nested address names it only under its own parent. */
function member(handling: Handling): Row {
  const { route, scene } = handling;
  const row = scene.tables[route.resource.name].get(route.id ?? '');
  const group = groupField[route.resource.name];
  const { parent } = route;
  const expected = parent === null ? null : group === 'parent_key' ? parentKey(parent.segment, parent.id) : parent.id;
  const found = row !== undefined && (expected === null || row.body.values[group ?? ''] === expected || leadsTo(row, route));
  if (!found) throw notFound(scene.switches.notFoundForm);
  return row;
}

function showingFor({ route, call }: Handling, verb: 'read' | 'write'): Showing {
  if (route.resource.name !== 'passwords' || !call.actor.passwordAccess) return { form: 'full', secret: 'left out' };
  const asked = call.query.get('show_password')?.toLowerCase();
  const shown = verb === 'read' ? asked !== 'false' && asked !== '0' : asked === 'true' || asked === '1';
  return { form: 'full', secret: shown ? 'shown' : 'left out' };
}

function show(handling: Handling): Answer {
  const { route, scene, call } = handling;
  const row = member(handling);
  const includes = readIncludes(route.resource, call.query, 'show', scene);
  const related: Related[] = relatedOf(route.resource, row, includes, scene);
  const text = objectText(route.resource, row, scene, showingFor(handling, 'read'), related);
  return { status: 200, text: `{"data":${text}${includedText(related, scene, includes.length > 0)}}` };
}

function elements(body: ParsedBody): { list: JsonObject[]; bulk: boolean } {
  if (body.data === null) throw missingParameter('data');
  const list = Array.isArray(body.data) ? body.data : [body.data];
  if (list.length === 0 || !list.every(isObject)) throw missingParameter('data');
  return { list, bulk: Array.isArray(body.data) };
}

const fullText = (handling: Handling, id: string, showing: Showing): string => {
  const { route, scene } = handling;
  return objectText(route.resource, scene.tables[route.resource.name].get(id) as Row, scene, showing);
};

/** Runs each element; by the switch a bad one takes all back, or only itself. */
function runAll(handling: Handling, list: readonly JsonObject[], bulk: boolean, one: (element: JsonObject, context: WriteContext) => string): string[] {
  const { account, scene, call } = handling;
  const { switches } = scene;
  const context = (transaction: WriteContext['transaction'], at: number): WriteContext => ({
    scene, transaction, actor: call.actor, place: bulk ? `/${at}` : '', nextId: () => account.store.nextId(switches.idMode),
  });
  if (!bulk || switches.bulkAtomicity === 'allOrNothing') {
    const transaction = account.store.begin();
    try {
      const ids = list.map((element, at) => one(element, context(transaction, at)));
      transaction.commit();
      return ids;
    } catch (error) {
      transaction.rollback();
      throw error;
    }
  }
  return runPartly(account, list, context, one, switches.bulkAtomicity);
}

function runPartly(
  account: Account,
  list: readonly JsonObject[],
  context: (transaction: WriteContext['transaction'], at: number) => WriteContext,
  one: (element: JsonObject, context: WriteContext) => string,
  mode: 'partial' | 'partialSilent',
): string[] {
  const done: string[] = [];
  const refused: ErrorObject[] = [];
  list.forEach((element, at) => {
    const transaction = account.store.begin();
    try {
      done.push(one(element, context(transaction, at)));
      transaction.commit();
    } catch (error) {
      transaction.rollback();
      if (!(error instanceof ApiError)) throw error;
      refused.push(...((JSON.parse(error.body) as { errors?: ErrorObject[] }).errors ?? [{ status: error.status, title: 'Unprocessable Entity' }]));
    }
  });
  if (refused.length > 0 && (mode === 'partial' || done.length === 0)) throw unprocessable(refused);
  return done;
}

function create(handling: Handling): Answer {
  const { route, call, account, scene } = handling;
  const { resource, parent } = route;
  if (resource.name === 'attachments' && /^multipart\/form-data/i.test(call.contentType)) return createFromForm(handling);
  const { list, bulk } = elements(readBody(call, scene));
  if (bulk && !route.operations.includes('bulkCreate')) throw bulkNotAllowed(resource.title);
  const fixed = fixedBy(route);
  const ids = runAll(handling, list, bulk, (element, context) =>
    resource.name === 'attachments' && parent !== null
      ? saveAttachment(fileOf(element, context), parent, account.blobs, context)
      : createRecord(resource, element, fixed, context),
  );
  const status = scene.switches.createStatus === 'always201' || resource.name === 'locations' ? 201 : 200;
  const showing = showingFor(handling, 'write');
  if (!bulk) return { status, text: `{"data":${fullText(handling, ids[0] as string, showing)}}` };
  return { status, text: `{"data":[${ordered(ids, scene).map((id) => fullText(handling, id, showing)).join(',')}]}` };
}

function ordered(ids: readonly string[], scene: Scene): readonly string[] {
  switch (scene.switches.bulkOrder) {
    case 'sameAsRequest':
      return ids;
    case 'reversed':
      return [...ids].reverse();
    case 'shuffled':
      // Every second one first: surely another order than the request's, and the same at each run.
      return [...ids.filter((_, at) => at % 2 === 1), ...ids.filter((_, at) => at % 2 === 0)];
  }
}

function fixedBy(route: Route): Record<string, Json> {
  const { parent, resource } = route;
  if (parent === null) return {};
  if (resource.name !== 'related_items') return { [groupField[resource.name] ?? 'organization_id']: parent.id };
  return { parent_key: parentKey(parent.segment, parent.id), source_id: parent.id, source_type: parent.segment };
}

function createFromForm(handling: Handling): Answer {
  const { route, call, account, scene } = handling;
  let file;
  try {
    file = readMultipart(call.body, call.contentType).get('data[attributes][attachment]');
  } catch {
    throw badRequest('invalid multipart body');
  }
  if (file === undefined || file.fileName === '' || route.parent === null) throw missingParameter('attachment');
  const { parent } = route;
  const [id] = runAll(handling, [{}], false, (_, context) => saveAttachment(file, parent, account.blobs, context));
  const status = scene.switches.createStatus === 'always201' ? 201 : 200;
  return { status, text: `{"data":${fullText(handling, id as string, { form: 'full', secret: 'left out' })}}` };
}

function update(handling: Handling): Answer {
  const { route, call, scene } = handling;
  const row = member(handling);
  const { list, bulk } = elements(readBody(call, scene));
  if (bulk) throw bulkNotAllowed(route.resource.title);
  runAll(handling, list, false, (element, context) => {
    updateRecord(route.resource, row, element, context);
    return row.id;
  });
  return { status: 200, text: `{"data":${fullText(handling, row.id, showingFor(handling, 'write'))}}` };
}

/** The record an element of a bulk body names, in `attributes.id` or beside the attributes. */
function named(handling: Handling, element: JsonObject): Row {
  const attributes = isObject(element['attributes']) ? snakeKeys(element['attributes']) : {};
  const id = attributes['id'] ?? element['id'] ?? null;
  if (typeof id !== 'string' && typeof id !== 'number') throw missingParameter('id');
  return member({ ...handling, route: { ...handling.route, id: String(id) } });
}

function hasFilter(call: Call): boolean {
  return [...call.query.keys()].some((key) => key.startsWith('filter['));
}

function filtered(handling: Handling): readonly Row[] {
  const { route, scene, call } = handling;
  return applyFilters(route.resource, candidates(handling), readFilters(call.query), scene);
}

function bulkUpdate(handling: Handling): Answer {
  const { route, call, scene } = handling;
  const { list, bulk } = elements(readBody(call, scene));
  const byFilter = hasFilter(call);
  if (byFilter && bulk) throw badRequest('data must be a hash if used with filter');
  const showing = showingFor(handling, 'write');
  const work: readonly (readonly [Row, JsonObject])[] = byFilter
    ? filtered(handling).map((row) => [row, list[0] as JsonObject] as const)
    : list.map((element) => [named(handling, element), element] as const);
  const ids = runAll(handling, work.map(([, element]) => element), true, (() => {
    let at = 0;
    return (element: JsonObject, context: WriteContext) => {
      const [row] = work[at++] as readonly [Row, JsonObject];
      updateRecord(route.resource, row, element, context);
      return row.id;
    };
  })());
  return { status: 200, text: `{"data":[${ids.map((id) => fullText(handling, id, showing)).join(',')}]}` };
}

function destroy(handling: Handling): Answer {
  const row = member(handling);
  removeAll(handling, [row]);
  return { status: 204, text: '' };
}

function removeAll({ account, scene, route }: Handling, rows: readonly Row[]): void {
  const transaction = account.store.begin();
  const delay = route.resource.name === 'organizations' ? scene.switches.organizationDeleteDelayMs : 0;
  for (const row of rows) {
    if (delay === 0) removeRecord(account.store, transaction, route.resource.name, row.id);
    else transaction.put('organizations', row.id, { ...row.body, goneAt: scene.now().getTime() + delay });
  }
  transaction.commit();
}

function bulkDestroy(handling: Handling): Answer {
  const { call, scene } = handling;
  const byFilter = hasFilter(call);
  if (byFilter && call.body.length > 0) {
    const { data } = readBody(call, scene);
    if (data !== null) throw badRequest('data and filter cannot be used together');
  }
  const rows = byFilter ? filtered(handling) : elements(readBody(call, scene)).list.map((element) => named(handling, element));
  return removeAndShow(handling, rows);
}

function removeAndShow(handling: Handling, rows: readonly Row[]): Answer {
  const { route, scene } = handling;
  const unique = [...new Set(rows)].sort((a, b) => compareIds(a.id, b.id));
  const text = unique.map((row) => objectText(route.resource, row, scene, { form: 'full', secret: 'left out' }));
  removeAll(handling, unique);
  return { status: 200, text: `{"data":[${text.join(',')}]}` };
}

