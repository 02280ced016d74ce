// Which resource, parent and operation an address and verb name. Whatever has no row here is an unknown route.

import { attachableTypes, relatableTypes } from './definitions/attached.js';
import { resources } from './definitions/index.js';
import type { Operation, Resource } from './definitions/field.js';
import { resourceNames, type ResourceName } from './storage/rows.js';

/** The record above a nested address. `table` is null for kinds this stand-in holds no records of. */
export interface Parent {
  readonly segment: string;
  readonly table: ResourceName | null;
  readonly id: string;
}

export interface Route {
  readonly resource: Resource;
  readonly parent: Parent | null;
  readonly id: string | null;
  readonly operations: readonly Operation[];
}

/** Lists that are put together instead of read; `none`: a kind this stand-in holds no records of, so its list is empty. */
export type Computed = 'logs' | 'user_metrics' | 'none';
export type Address = Route | { readonly computed: Computed };

/** Kinds whose list the real service answers although the reference does not name it; nothing else of them is known. */
const emptyLists = new Set(['ssl_certificates', 'checklists', 'checklist_templates', 'tickets']);

const names = new Set<string>(resourceNames);
const isResource = (segment: string): segment is ResourceName => names.has(segment);

/** Path without query; a trailing slash and the announced version prefix make no difference. */
export function resolve(path: string): Address | null {
  const parts = path.split('/').filter((part) => part !== '');
  if (/^v1$/i.test(parts[0] ?? '')) parts.shift();
  const [first = '', id = null, word, second = '', secondId = null] = parts;
  if ((first === 'logs' || first === 'user_metrics') && parts.length === 1) return { computed: first };
  if (emptyLists.has(first) && parts.length === 1) return { computed: 'none' };
  if (parts.length <= 2) {
    if (!isResource(first)) return null;
    const resource = resources[first];
    return { resource, parent: null, id, operations: resource.top };
  }
  if (word !== 'relationships' || id === null || parts.length > 5 || !isResource(second)) return null;
  const resource = resources[second];
  const anyParents = second === 'attachments' ? attachableTypes : second === 'related_items' ? relatableTypes : null;
  if (anyParents !== null) {
    if (!Object.hasOwn(anyParents, first)) return null;
    return { resource, parent: { segment: first, table: anyParents[first] ?? null, id }, id: secondId, operations: resource.under.any ?? [] };
  }
  if (!isResource(first)) return null;
  const operations = resource.under[first];
  return operations === undefined ? null : { resource, parent: { segment: first, table: first, id }, id: secondId, operations };
}

/** The operation a verb means on this address; null when the address does not have it. PUT is PATCH here. */
export function operationOf(method: string, route: Route): Operation | null {
  const onMember = route.id !== null;
  const wanted: Operation | null =
    method === 'GET' || method === 'HEAD' ? (onMember ? 'show' : 'index')
    : method === 'POST' ? (onMember ? null : 'create')
    : method === 'PATCH' || method === 'PUT' ? (onMember ? 'update' : 'bulkUpdate')
    : method === 'DELETE' ? (!onMember ? 'bulkDestroy' : route.operations.includes('bulkDestroyMember') ? 'bulkDestroyMember' : 'destroy')
    : null;
  return wanted !== null && route.operations.includes(wanted) ? wanted : null;
}
