import { isIP } from 'node:net';
import { date, derived, nameOf, ofKind, psaIntegration, ref, requiredName, text, yesNo, type Resource, type Writing } from './field.js';
import { invalid } from '../errors.js';
import { isObject, snakeKeys, type Json } from '../json.js';
import { validMac } from './cast.js';
import { isSynced } from '../storage/rows.js';

const indexIncludes = [
  'adapters_resources', 'configuration_interfaces', 'rmm_records', 'passwords', 'attachments', 'tickets', 'dnet_fa_remote_assets',
  'user_resource_accesses', 'group_resource_accesses',
];
const showIncludes = [
  ...indexIncludes, 'rmm_adapters_resources', 'adapters_resources_errors', 'rmm_adapters_resources_errors', 'active_network_glue_network_devices',
  'to_configuration_connections', 'from_configuration_connections', 'recent_versions', 'related_items', 'authorized_users',
];

type InterfaceValues = Record<string, Json>;

function nestedInterfaces(writing: Writing): InterfaceValues[] {
  const holder = writing.relationships['configuration_interfaces'];
  const data = isObject(holder) && Array.isArray(holder['data']) ? holder['data'] : [];
  return data.filter(isObject).map((element) => {
    const sent = isObject(element['attributes']) ? snakeKeys(element['attributes']) : {};
    const ip = sent['ip_address'] ?? null;
    const mac = sent['mac_address'] ?? null;
    if (typeof ip === 'string' && ip !== '' && isIP(ip) === 0) writing.errors.push(invalid('configuration_interfaces', 'ip-address is invalid', writing.place));
    if (typeof mac === 'string' && mac !== '' && !validMac(mac)) writing.errors.push(invalid('configuration_interfaces', 'mac-address is invalid', writing.place));
    const primary = sent['primary'];
    // `port` works on the interface's own route only; here it is dropped, as integrators found.
    return {
      name: sent['name'] ?? null, ip_address: ip, mac_address: mac, notes: sent['notes'] ?? null, port: null,
      primary: primary === true || primary === 'true' || primary === 1 || primary === '1',
    };
  });
}

/** primary-ip and mac-address live on the primary interface: writing them creates or updates it. */
function saveInterfaces(writing: Writing): void {
  const { values, sent, id, isNew, save, nextId } = writing;
  const nested = isNew ? nestedInterfaces(writing) : [];
  const firstPrimary = nested.find((each) => each['primary'] === true);
  const addressSent = (isNew ? values['primary_ip'] !== null || values['mac_address'] !== null : sent['primary_ip'] !== undefined || sent['mac_address'] !== undefined);
  const existing = writing.scene.tables.configuration_interfaces.group(id).find((row) => row.body.values['primary'] === true);
  if (addressSent) {
    const address = { ip_address: values['primary_ip'] ?? null, mac_address: values['mac_address'] ?? null };
    if (firstPrimary !== undefined) {
      firstPrimary['ip_address'] ??= address.ip_address;
      firstPrimary['mac_address'] ??= address.mac_address;
    } else if (existing !== undefined) save('configuration_interfaces', existing.id, { ...existing.body.values, ...address });
    else if (address.ip_address !== null || address.mac_address !== null) {
      nested.unshift({ name: null, ...address, primary: true, notes: null, port: null });
    }
  } else if (firstPrimary !== undefined) {
    values['primary_ip'] = firstPrimary['ip_address'] ?? null;
    values['mac_address'] = firstPrimary['mac_address'] ?? null;
  }
  for (const each of nested) save('configuration_interfaces', nextId(), { ...each, configuration_id: id });
  save('configurations', id, values);
}

/** A warranty date shows up in the account's expirations. */
function saveExpiration({ values, before, id, scene, transaction, save, nextId }: Writing): void {
  if (before?.['warranty_expires_at'] === values['warranty_expires_at'] && before?.['name'] === values['name']) return;
  const known = scene.tables.expirations.group(String(values['organization_id'])).find((row) => row.body.values['resource_id'] === id);
  const expires = values['warranty_expires_at'] ?? null;
  if (expires === null) {
    if (known !== undefined) transaction.remove('expirations', known.id);
    return;
  }
  save('expirations', known?.id ?? nextId(), {
    organization_id: values['organization_id'] ?? null, resource_id: id, resource_type_name: 'Configuration', resource_name: values['name'] ?? null,
    description: 'Warranty Expires At', expiration_date: expires,
  });
}

export const configurations: Resource = {
  name: 'configurations', title: 'Configuration', type: 'configurations', timestamps: true, emptyRelationships: true,
  fields: {
    organization_id: ref('organizations', { rule: 'required', write: 'create' }), organization_name: nameOf('organization_id', 'organizations'),
    organization_short_name: nameOf('organization_id', 'organizations', 'short_name'),
    resource_url: derived((row, scene) => `${scene.webUrl}/${String(row.body.values['organization_id'])}/configurations/${row.id}`),
    restricted: yesNo(), my_glue: yesNo(false, { write: 'never' }),
    psa_integration: psaIntegration(),
    name: requiredName(), hostname: text(), primary_ip: ofKind('ip'), mac_address: text({ maxLength: 17 }), default_gateway: text(),
    serial_number: text(), asset_tag: text(), position: text(), installed_by: text(), purchased_by: text(), notes: text(),
    operating_system_notes: text(), warranty_expires_at: date(), mitp_device_expiration_date: date(), mitp_end_of_life_date: date(),
    installed_at: date(), purchased_at: date(),
    organization_status_name: derived((row, scene) => {
      const organization = scene.tables.organizations.get(String(row.body.values['organization_id']));
      const status = organization?.body.values['organization_status_id'];
      return typeof status === 'string' ? (scene.tables.organization_statuses.get(status)?.body.values['name'] ?? null) : null;
    }),
    configuration_type_id: ref('configuration_types', { rule: 'required' }), configuration_type_name: nameOf('configuration_type_id', 'configuration_types'),
    configuration_type_kind: derived((row, scene) => {
      const type = scene.tables.configuration_types.get(String(row.body.values['configuration_type_id']));
      return kindOf(type?.body.values['name']);
    }),
    configuration_status_id: ref('configuration_statuses'), configuration_status_name: nameOf('configuration_status_id', 'configuration_statuses'),
    manufacturer_id: ref('manufacturers'), manufacturer_name: nameOf('manufacturer_id', 'manufacturers'),
    model_id: ref('models'), model_name: nameOf('model_id', 'models'),
    operating_system_id: ref('operating_systems'), operating_system_name: nameOf('operating_system_id', 'operating_systems'),
    location_id: ref('locations', { sameOrganization: true }), location_name: nameOf('location_id', 'locations'),
    contact_id: ref('contacts', { sameOrganization: true }),
    contact_name: derived((row, scene) => {
      const contact = scene.tables.contacts.get(String(row.body.values['contact_id']))?.body.values;
      return contact === undefined ? null : [contact['first_name'], contact['last_name']].filter(Boolean).join(' ');
    }),
    archived: yesNo(),
  },
  top: ['index', 'show', 'create', 'update', 'bulkUpdate', 'bulkDestroy'],
  under: { organizations: ['index', 'show', 'create', 'bulkCreate', 'update', 'bulkDestroy'] },
  filters: {
    id: { kind: 'id', field: 'id' }, name: { kind: 'name', field: 'name' }, organization_id: { kind: 'ref', field: 'organization_id' },
    configuration_type_id: { kind: 'ref', field: 'configuration_type_id' }, configuration_status_id: { kind: 'ref', field: 'configuration_status_id' },
    contact_id: { kind: 'ref', field: 'contact_id' }, serial_number: { kind: 'exact', field: 'serial_number' }, mac_address: { kind: 'exact', field: 'mac_address' },
    asset_tag: { kind: 'exact', field: 'asset_tag' }, archived: { kind: 'boolean', field: 'archived' },
    psa_id: { kind: 'psa', field: 'sync' }, psa_integration_type: { kind: 'companion', field: 'sync' },
    rmm_id: { kind: 'rmm', field: 'sync' }, rmm_integration_type: { kind: 'companion', field: 'sync' },
  },
  sorts: ['name', 'id', 'created_at', 'updated_at'],
  includes: { index: indexIncludes, show: showIncludes },
  syncedMayChange: [
    'archived', 'asset_tag', 'notes', 'purchased_at', 'restricted', 'serial_number', 'warranty_expires_at', 'mitp_device_expiration_date', 'mitp_end_of_life_date',
  ],
  beforeSave: ({ values, scene, errors, place, isNew, relationships }) => {
    if (!isNew && relationships['configuration_interfaces'] !== undefined) {
      errors.push({ ...invalid('configuration_interfaces', 'is not permitted on update', place), source: { pointer: `/data${place}/relationships/configuration-interfaces` } });
    }
    const model = typeof values['model_id'] === 'string' ? scene.tables.models.get(values['model_id']) : undefined;
    const maker = values['manufacturer_id'];
    if (model !== undefined && scene.switches.modelOfOtherManufacturer === 'reject422' && maker !== null && model.body.values['manufacturer_id'] !== maker) {
      errors.push(invalid('model_id', 'must belong to the manufacturer', place));
    }
  },
  afterSave: (writing) => {
    saveInterfaces(writing);
    saveExpiration(writing);
  },
};

function kindOf(typeName: Json | undefined): string | null {
  const name = typeof typeName === 'string' ? typeName.toLowerCase() : '';
  return ['server', 'switch', 'firewall', 'printer', 'workstation', 'laptop', 'router', 'ups'].find((kind) => name.includes(kind)) ?? null;
}

export const configurationInterfaces: Resource = {
  name: 'configuration_interfaces', title: 'Configuration Interface', type: 'configuration-interfaces', timestamps: true, emptyRelationships: false,
  fields: {
    id: derived((row) => row.id, true),
    configuration_id: ref('configurations', { rule: 'required', write: 'create' }), configuration_name: nameOf('configuration_id', 'configurations'),
    name: text(), ip_address: ofKind('ip'), mac_address: ofKind('mac'), primary: yesNo(), notes: text(), port: text(),
  },
  // The list exists under a configuration only; the top-level one answers the page for unknown routes.
  top: ['show', 'create', 'update', 'bulkUpdate'],
  under: { configurations: ['index', 'show', 'create', 'bulkCreate', 'update', 'destroy'] },
  filters: { id: { kind: 'id', field: 'id' }, ip_address: { kind: 'exact', field: 'ip_address' } },
  sorts: ['created_at', 'updated_at'], includes: { index: [], show: [] },
  beforeSave: ({ values, scene, sent, before, errors, place }) => {
    const owner = scene.tables.configurations.get(String(values['configuration_id']));
    if (before?.['primary'] === true && owner !== undefined && isSynced(owner.body) && sent['ip_address'] !== undefined && sent['ip_address'] !== before['ip_address']) {
      errors.push(invalid('ip_address', 'cannot be changed on a synced configuration', place));
    }
  },
  afterSave: ({ values, id, scene, save }) => {
    if (values['primary'] !== true) return;
    const configuration = String(values['configuration_id']);
    for (const other of scene.tables.configuration_interfaces.group(configuration)) {
      if (other.id !== id && other.body.values['primary'] === true) save('configuration_interfaces', other.id, { ...other.body.values, primary: false });
    }
    const owner = scene.tables.configurations.get(configuration);
    if (owner !== undefined) {
      save('configurations', configuration, { ...owner.body.values, primary_ip: values['ip_address'] ?? null, mac_address: values['mac_address'] ?? null });
    }
  },
};
