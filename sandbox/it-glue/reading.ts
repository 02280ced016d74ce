// Lists and single records.

import { includedText, objectText, pageText, type Related } from './envelope.js';
import { candidates, member, showingFor, type Answer, type Handling } from './handling.js';
import { relatedOf } from './include.js';
import { applyFilters, applySort, narrow, readFilters, readIncludes, readPage } from './query.js';

export function index(handling: Handling): Answer {
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

export function show(handling: Handling): Answer {
  const { route, scene, call } = handling;
  const row = member(handling);
  const includes = readIncludes(route.resource, call.query, 'show', scene);
  const related: Related[] = relatedOf(route.resource, row, includes, scene);
  const text = objectText(route.resource, row, scene, showingFor(handling, 'read'), related);
  return { status: 200, text: `{"data":${text}${includedText(related, scene, includes.length > 0)}}` };
}
