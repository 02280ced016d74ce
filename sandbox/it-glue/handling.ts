// What all handlers share: the call, the account, and how an address finds its rows.

import { destinationTypes, parentKey } from './definitions/attached.js';
import type { Scene } from './definitions/field.js';
import type { Showing } from './envelope.js';
import { notFound } from './errors.js';
import type { Route } from './routes.js';
import type { Blobs } from './storage/blobs.js';
import { groupField, type Row } from './storage/rows.js';
import type { Store } from './storage/store.js';
import type { Actor } from './write.js';

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

export type Handling = { readonly account: Account; readonly scene: Scene; readonly call: Call; readonly route: Route };

/** Rows a nested list is about, or the whole table. */
export function candidates({ route, scene }: Handling): readonly Row[] {
  const table = scene.tables[route.resource.name];
  const { parent, resource } = route;
  if (parent === null) return table.list();
  if (parent.segment === 'countries' && scene.switches.countryRegionsRoute === 'ignoresCountry') return table.list();
  return table.group(groupField[resource.name] === 'parent_key' ? parentKey(parent.segment, parent.id) : parent.id);
}

/** A relation can be named from either of its ends. */
function leadsTo(row: Row, { resource, parent }: Route): boolean {
  const { values } = row.body;
  return resource.name === 'related_items' && parent !== null && values['destination_id'] === parent.id && destinationTypes[String(values['destination_type'])] === parent.table;
}

/** The one record the address names; a nested address names it only under its own parent. */
export function member(handling: Handling): Row {
  const { route, scene } = handling;
  const row = scene.tables[route.resource.name].get(route.id ?? '');
  const group = groupField[route.resource.name];
  const { parent } = route;
  const expected = parent === null ? null : group === 'parent_key' ? parentKey(parent.segment, parent.id) : parent.id;
  const found = row !== undefined && (expected === null || row.body.values[group ?? ''] === expected || leadsTo(row, route));
  if (!found) throw notFound(scene.switches.notFoundForm);
  return row;
}

/** Whether a password's value is part of the answer. */
export function showingFor({ route, call }: Handling, verb: 'read' | 'write'): Showing {
  if (route.resource.name !== 'passwords' || !call.actor.passwordAccess) return { form: 'full', secret: 'left out' };
  const asked = call.query.get('show_password')?.toLowerCase();
  const shown = verb === 'read' ? asked !== 'false' && asked !== '0' : asked === 'true' || asked === '1';
  return { form: 'full', secret: shown ? 'shown' : 'left out' };
}
