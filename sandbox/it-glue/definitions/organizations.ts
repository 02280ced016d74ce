import { derived, nameOf, psaIntegration, readOnly, ref, requiredName, text, type Resource } from './field.js';
import { toSnake } from '../json.js';

/** Lists cut quick-notes here; only show gives the whole text. */
export const quickNotesInLists = 250;

export const organizations: Resource = {
  name: 'organizations', title: 'Organization', type: 'organizations', timestamps: true, emptyRelationships: false,
  fields: {
    psa_integration: psaIntegration(),
    resource_url: derived((row, scene) => `${scene.webUrl}/${row.id}`),
    name: requiredName(), alert: text(), description: text(),
    organization_type_id: ref('organization_types', { rule: 'optional' }), organization_type_name: nameOf('organization_type_id', 'organization_types'),
    organization_status_id: ref('organization_statuses', { rule: 'optional' }), organization_status_name: nameOf('organization_status_id', 'organization_statuses'),
    my_glue_account_id: readOnly('number'), my_glue_account_status: readOnly(), primary: readOnly('boolean', false),
    logo: readOnly(), quick_notes: text(), short_name: text(),
    // Parents go out as strings, unlike every other reference.
    parent_id: derived((row) => row.body.values['parent_id'] ?? null),
    ancestor_ids: derived((row) => (typeof row.body.values['parent_id'] === 'string' ? `[${row.body.values['parent_id']}]` : null)),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'bulkDestroy'], under: {},
  filters: {
    id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' },
    organization_type_id: { kind: 'ref', field: 'organization_type_id' }, organization_status_id: { kind: 'ref', field: 'organization_status_id' },
    created_at: { kind: 'dates', field: 'created_at' }, updated_at: { kind: 'dates', field: 'updated_at' },
    my_glue_account_id: { kind: 'exact', field: 'my_glue_account_id' },
    psa_id: { kind: 'psa', field: 'sync' }, psa_integration_type: { kind: 'companion', field: 'sync' },
    group_id: { kind: 'member', field: 'groups' }, primary: { kind: 'boolean', field: 'primary' },
    'exclude.id': { kind: 'idExclude', field: 'id' }, 'exclude.name': { kind: 'textExclude', field: 'name' },
    'exclude.organization_type_id': { kind: 'idExclude', field: 'organization_type_id' },
    'exclude.organization_status_id': { kind: 'idExclude', field: 'organization_status_id' },
    'range.my_glue_account_id': { kind: 'numbers', field: 'my_glue_account_id' },
  },
  sorts: ['name', 'id', 'updated_at', 'organization_status_name', 'organization_type_name', 'created_at', 'short_name', 'my_glue_account_id'],
  includes: { index: ['adapters_resources', 'attachments', 'rmm_companies'], show: ['adapters_resources', 'attachments', 'rmm_companies'] },
  syncedMayChange: ['alert', 'description', 'quick_notes'],
  beforeSave: (writing) => {
    // Documents contradict each other on whether a parent can be set; only a create is ever in question.
    const parent = writing.sent[toSnake('parent-id')];
    if (!writing.isNew || writing.scene.switches.parentIdOnCreate === 'ignore') return;
    if (parent !== undefined && parent !== null && writing.scene.tables.organizations.get(String(parent)) !== undefined) {
      writing.values['parent_id'] = String(parent);
    }
  },
};
