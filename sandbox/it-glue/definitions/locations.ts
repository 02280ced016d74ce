import { derived, nameOf, ofKind, psaIntegration, ref, requiredName, text, yesNo, type Resource } from './field.js';
import { formatPhone } from './phone.js';
import { invalid } from '../errors.js';

const listIncludes = ['adapters_resources', 'attachments', 'passwords', 'user_resource_accesses', 'group_resource_accesses'];

export const locations: Resource = {
  name: 'locations', title: 'Location', type: 'locations', timestamps: true, emptyRelationships: true,
  fields: {
    organization_id: ref('organizations', { rule: 'required', write: 'create' }), organization_name: nameOf('organization_id', 'organizations'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/locations/${row.id}`),
    restricted: yesNo(), my_glue: yesNo(false, { write: 'never' }), psa_integration: psaIntegration(),
    name: requiredName(), primary: yesNo(),
    address_1: text(), address_2: text(), city: text(), postal_code: text(),
    region_id: ref('regions'), region_name: nameOf('region_id', 'regions'),
    country_id: ref('countries'), country_name: nameOf('country_id', 'countries'),
    phone: ofKind('phone'), formatted_phone: derived((row) => formatPhone(row.body.values['phone'])),
    fax: ofKind('phone'), formatted_fax: derived((row) => formatPhone(row.body.values['fax'])),
    notes: text(),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'bulkDestroy'],
  under: { organizations: ['index', 'show', 'create', 'bulkCreate', 'update', 'bulkDestroy', 'bulkDestroyMember'] },
  filters: {
    id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' }, city: { kind: 'exact', field: 'city' },
    region_id: { kind: 'ref', field: 'region_id' }, country_id: { kind: 'ref', field: 'country_id' }, organization_id: { kind: 'ref', field: 'organization_id' },
    psa_id: { kind: 'psa', field: 'sync' }, psa_integration_type: { kind: 'companion', field: 'sync' },
  },
  sorts: ['name', 'id', 'primary', 'created_at', 'updated_at'],
  includes: { index: listIncludes, show: [...listIncludes, 'recent_versions', 'related_items', 'authorized_users'] },
  beforeSave: ({ values, scene, errors, place }) => {
    const region = typeof values['region_id'] === 'string' ? scene.tables.regions.get(values['region_id']) : undefined;
    const strict = scene.switches.regionOutsideCountry === 'reject422';
    if (region !== undefined && strict && values['country_id'] !== null && region.body.values['country_id'] !== values['country_id']) {
      errors.push(invalid('region_id', 'must belong to the country', place));
    }
  },
  afterSave: ({ values, id, scene, errors, place, save }) => {
    if (values['primary'] !== true || scene.switches.secondPrimaryLocation === 'keepBoth') return;
    const others = scene.tables.locations.group(String(values['organization_id'])).filter((row) => row.id !== id && row.body.values['primary'] === true);
    if (others.length === 0) return;
    if (scene.switches.secondPrimaryLocation === 'reject422') errors.push(invalid('primary', 'has already been taken', place));
    else for (const other of others) save('locations', other.id, { ...other.body.values, primary: false });
  },
};
