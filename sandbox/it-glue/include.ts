// What `include=` brings along. Relations this stand-in keeps no records of come back empty, as for an account without them.

import { parentKey, relationsTo, seenFromDestination } from './definitions/attached.js';
import { resources } from './definitions/index.js';
import type { Resource, Scene } from './definitions/field.js';
import type { Related } from './envelope.js';
import type { Json } from './json.js';
import type { ResourceName, Row } from './storage/rows.js';

const embeddedAs: Readonly<Partial<Record<ResourceName, string>>> = {
  locations: 'Location', contacts: 'Contact', configurations: 'Configuration', domains: 'Domain',
};

function pick(scene: Scene, table: ResourceName, ids: readonly Json[]): (readonly [Resource, Row])[] {
  return ids.map((id) => scene.tables[table].get(String(id as string))).filter((row) => row !== undefined).map((row) => [resources[table], row] as const);
}

function members(resource: Resource, row: Row, name: string, scene: Scene): readonly (readonly [Resource, Row])[] {
  const all = (table: ResourceName, rows: readonly Row[]): (readonly [Resource, Row])[] => rows.map((each) => [resources[table], each] as const);
  switch (name) {
    case 'attachments':
      return all('attachments', scene.tables.attachments.group(parentKey(resource.name, row.id)));
    case 'related_items': {
      const leading = scene.switches.relatedItemsIncluded === 'fromBoth' ? relationsTo(resource.name, row.id, scene.tables).map(seenFromDestination) : [];
      return all('related_items', [...scene.tables.related_items.group(parentKey(resource.name, row.id)), ...leading]);
    }
    case 'passwords': {
      const type = embeddedAs[resource.name];
      const inside = scene.tables.passwords.group(String(row.body.values['organization_id']));
      return all('passwords', inside.filter(({ body: { values } }) => values['resource_type'] === type && values['resource_id'] === row.id));
    }
    case 'location':
      return pick(scene, 'locations', [row.body.values['location_id'] ?? null]);
    case 'configuration_interfaces':
      return all('configuration_interfaces', scene.tables.configuration_interfaces.group(row.id));
    case 'users':
      return pick(scene, 'users', (row.body.values['user_ids'] ?? []) as Json[]);
    case 'organizations':
      return pick(scene, 'organizations', (row.body.values['organization_ids'] ?? []) as Json[]);
    default:
      return [];
  }
}

const toOne = new Set(['location', 'updater', 'rotatable_password', 'my_glue_account']);

export function relatedOf(resource: Resource, row: Row, names: readonly string[], scene: Scene): Related[] {
  return names.map((name) => ({ name, single: toOne.has(name), members: members(resource, row, name, scene) }));
}
