// The small named lists of an account, and the read-only lists the vendor keeps for everyone.

import { derived, nameOf, ofKind, readOnly, ref, requiredName, text, yesNo, type Field, type Operation, type Resource, type Scene } from './field.js';
import { toKebab, type Json } from '../json.js';
import { isSynced, type ResourceName, type Row } from '../storage/rows.js';

export const namedList: readonly Operation[] = ['index', 'show', 'create', 'update'];
export const readOnlyList: readonly Operation[] = ['index', 'show'];
const noIncludes = { index: [], show: [] } as const;
const fourSorts = ['name', 'id', 'created_at', 'updated_at'] as const;

function lookup(name: ResourceName, title: string, extra: Record<string, Field> = {}, sorts: readonly string[] = fourSorts): Resource {
  return {
    name, title, type: toKebab(name), fields: { name: requiredName(), ...extra }, timestamps: true, emptyRelationships: false,
    top: namedList, under: {}, filters: { name: { kind: 'name', field: 'name' } }, sorts, includes: noIncludes, uniqueName: 'account',
  };
}

/** Counts the records that point to this one; kept until the counted table changes. */
function count(table: ResourceName, reference: string): Field {
  const kept = new WeakMap<object, { version: number; counts: Map<string, number> }>();
  return derived((row: Row, scene: Scene): Json => {
    const counted = scene.tables[table];
    let known = kept.get(counted);
    if (known?.version !== counted.version) {
      const counts = new Map<string, number>();
      for (const each of counted.list()) {
        const id = each.body.values[reference];
        if (typeof id === 'string') counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      kept.set(counted, (known = { version: counted.version, counts }));
    }
    return known.counts.get(row.id) ?? 0;
  });
}

const synced = (): Field => derived((row) => isSynced(row.body));

export const organizationTypes = lookup('organization_types', 'Organization Type', { synced: synced() });
export const organizationStatuses = lookup('organization_statuses', 'Organization Status', { synced: synced() });
export const contactTypes = lookup('contact_types', 'Contact Type');
export const configurationTypes = lookup('configuration_types', 'Configuration Type', { configurations_count: count('configurations', 'configuration_type_id') });
export const configurationStatuses = lookup('configuration_statuses', 'Configuration Status');
export const passwordCategories = lookup('password_categories', 'Password Category', { passwords_count: count('passwords', 'password_category_id') }, ['name', 'created_at', 'updated_at']);
export const manufacturers = lookup('manufacturers', 'Manufacturer');

const modelRoutes: readonly Operation[] = ['index', 'show', 'create', 'update'];

export const models: Resource = {
  name: 'models', title: 'Model', type: 'models', timestamps: true, emptyRelationships: false,
  fields: { name: requiredName(), manufacturer_id: ref('manufacturers'), manufacturer_name: nameOf('manufacturer_id', 'manufacturers') },
  top: [...modelRoutes, 'bulkUpdate'], under: { manufacturers: [...modelRoutes, 'bulkCreate'] },
  filters: { id: { kind: 'id', field: 'id' } }, sorts: ['id', 'name', 'manufacturer_id', 'created_at', 'updated_at'],
  includes: noIncludes, uniqueName: 'manufacturer',
};

export const platforms: Resource = {
  ...lookup('platforms', 'Platform'), top: readOnlyList,
};

export const operatingSystems: Resource = {
  ...lookup('operating_systems', 'Operating System', { platform_id: ref('platforms'), platform_name: nameOf('platform_id', 'platforms') }), top: readOnlyList,
};

export const countries: Resource = {
  name: 'countries', title: 'Country', type: 'countries', timestamps: false, emptyRelationships: false,
  fields: { name: requiredName(), iso: readOnly() }, top: readOnlyList, under: {},
  filters: { name: { kind: 'name', field: 'name' }, iso: { kind: 'exact', field: 'iso' } }, sorts: fourSorts, includes: noIncludes,
};

export const regions: Resource = {
  name: 'regions', title: 'Region', type: 'regions', timestamps: false, emptyRelationships: false,
  fields: {
    name: requiredName(),
    iso: derived((row, scene) => {
      const code = row.body.values['iso'] as string;
      const country = row.body.values['country_id'] as string;
      return scene.switches.regionIso === 'short' ? code : `${String(scene.tables.countries.get(country)?.body.values['iso'])}-${code}`;
    }),
    country_id: ref('countries', { write: 'never' }),
  },
  top: readOnlyList, under: { countries: readOnlyList },
  filters: { name: { kind: 'name', field: 'name' }, iso: { kind: 'exact', field: 'iso' }, country_id: { kind: 'ref', field: 'country_id' } },
  sorts: fourSorts, includes: noIncludes,
};

export const users: Resource = {
  name: 'users', title: 'User', type: 'users', timestamps: true, emptyRelationships: false,
  fields: {
    first_name: text(), last_name: text(),
    name: derived((row) => [row.body.values['first_name'], row.body.values['last_name']].filter(Boolean).join(' ')),
    role_name: readOnly(), email: readOnly(), invitation_sent_at: readOnly('timestamp'), invitation_accepted_at: readOnly('timestamp'),
    current_sign_in_at: readOnly('timestamp'), current_sign_in_ip: readOnly(), last_sign_in_at: readOnly('timestamp'), last_sign_in_ip: readOnly(),
    reputation: readOnly('number', 0), my_glue_account_id: readOnly('number'), avatar: ofKind('attachment', { rule: 'optional' }), my_glue: yesNo(false, { write: 'never' }),
    salesforce_id: { ...readOnly(), answer: 'hidden' },
  },
  top: ['index', 'show', 'update'], under: {},
  filters: {
    id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' }, email: { kind: 'exact', field: 'email' },
    role_name: { kind: 'exact', field: 'role_name' }, salesforce_id: { kind: 'exact', field: 'salesforce_id' },
  },
  sorts: ['name', 'email', 'reputation', 'id', 'created_at', 'updated_at'], includes: noIncludes,
};
