// Creates, changes and removals, alone and in bulk.

import { fileOf, readMultipart, saveAttachment } from './attach.js';
import { readBody, type ParsedBody } from './body.js';
import { parentKey } from './definitions/attached.js';
import type { Scene } from './definitions/field.js';
import { objectText, type Showing } from './envelope.js';
import { ApiError, badRequest, bulkNotAllowed, missingParameter, unprocessable, type ErrorObject } from './errors.js';
import { relatedOf } from './include.js';
import { candidates, member, showingFor, type Account, type Answer, type Call, type Handling } from './handling.js';
import { isObject, snakeKeys, type Json, type JsonObject } from './json.js';
import { applyFilters, readFilters } from './query.js';
import { removeRecord } from './removal.js';
import type { Route } from './routes.js';
import { compareIds, groupField, type Row } from './storage/rows.js';
import { createRecord, updateRecord, type WriteContext } from './write.js';

function elements(body: ParsedBody): { list: JsonObject[]; bulk: boolean } {
  if (body.data === null) throw missingParameter('data');
  const list = Array.isArray(body.data) ? body.data : [body.data];
  if (list.length === 0 || !list.every(isObject)) throw missingParameter('data');
  return { list, bulk: Array.isArray(body.data) };
}

const fullText = (handling: Handling, id: string, showing: Showing): string => {
  const { route, scene } = handling;
  const row = scene.tables[route.resource.name].get(id) as Row;
  return objectText(route.resource, row, scene, showing, relatedOf(route.resource, row, route.resource.shownAfterWrite ?? [], scene));
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

export function create(handling: Handling): Answer {
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

export function update(handling: Handling): Answer {
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

export function hasFilter(call: Call): boolean {
  return [...call.query.keys()].some((key) => key.startsWith('filter['));
}

function filtered(handling: Handling): readonly Row[] {
  const { route, scene, call } = handling;
  return applyFilters(route.resource, candidates(handling), readFilters(call.query), scene);
}

export function bulkUpdate(handling: Handling): Answer {
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

export function destroy(handling: Handling): Answer {
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

export function bulkDestroy(handling: Handling): Answer {
  const { call, scene } = handling;
  const byFilter = hasFilter(call);
  if (byFilter && call.body.length > 0) {
    const { data } = readBody(call, scene);
    if (data !== null) throw badRequest('data and filter cannot be used together');
  }
  const rows = byFilter ? filtered(handling) : elements(readBody(call, scene)).list.map((element) => named(handling, element));
  return removeAndShow(handling, rows);
}

export function removeAndShow(handling: Handling, rows: readonly Row[]): Answer {
  const { route, scene } = handling;
  const unique = [...new Set(rows)].sort((a, b) => compareIds(a.id, b.id));
  const text = unique.map((row) => objectText(route.resource, row, scene, { form: 'full', secret: 'left out' }));
  removeAll(handling, unique);
  return { status: 200, text: `{"data":[${text.join(',')}]}` };
}

