import { boolean, date, ip, longText, mac, text } from './fields.js';
import { defineKind, reference } from './kind.js';

/** A device or system: becomes an IT Glue configuration (it-glue-api.md 2.5). */
export const configuration = defineKind({
  name: 'configuration',
  label: 'Configuration',
  plural: 'Configurations',
  path: 'configurations',
  section: 'msp',
  page: 'configurations',
  cardinality: 'many',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['configuration name', 'device name', 'asset name', 'computer name', 'device', 'system name', 'display name', 'description'] }),
    type: text('Type', { required: 'submit', max: 100, synonyms: ['configuration type', 'device type', 'asset type', 'class', 'device class', 'category'] }),
    status: text('Status', { max: 100, synonyms: ['configuration status', 'state', 'asset status'] }),
    hostname: text('Hostname', { synonyms: ['host name', 'host', 'device hostname', 'dns name', 'fqdn', 'netbios name'] }),
    primaryIp: ip('Primary IP', { synonyms: ['ip', 'ip address', 'internal ip', 'int ip address', 'private ip', 'lan ip', 'local ip address'] }),
    macAddress: mac('MAC address', { synonyms: ['mac', 'mac addresses', 'physical address', 'ethernet address'] }),
    defaultGateway: ip('Default gateway', { synonyms: ['gateway'] }),
    serialNumber: text('Serial number', { synonyms: ['serial', 'serial no', 'service tag', 'sn', 'bios serial', 'device serial number'] }),
    assetTag: text('Asset tag', { synonyms: ['tag', 'tag number', 'asset no', 'asset number'] }),
    position: text('Position', { synonyms: ['rack position', 'rack', 'room', 'floor'] }),
    operatingSystem: text('Operating system', { synonyms: ['os', 'os name', 'os version', 'os info', 'firmware'] }),
    operatingSystemNotes: longText('Operating system notes', { max: 2_000, synonyms: ['os notes', 'service pack'] }),
    installedAt: date('Installed at', { synonyms: ['installation date', 'install date', 'date installed', 'in service date'] }),
    installedBy: text('Installed by', { synonyms: ['installer'] }),
    purchasedAt: date('Purchased at', { synonyms: ['purchase date', 'date purchased', 'date acquired'] }),
    purchasedBy: text('Purchased by', { synonyms: ['buyer', 'purchased from'] }),
    warrantyExpiresAt: date('Warranty expires at', { synonyms: ['warranty expiration', 'warranty expiration date', 'warranty end', 'warranty end date', 'warranty date', 'warranty expiry'] }),
    endOfLifeAt: date('End of life', { synonyms: ['end of life date', 'eol', 'eol date', 'end of support'] }),
    deviceExpiresAt: date('Device expires at', { synonyms: ['device expiration', 'device expiration date'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    archived: boolean('Archived', { synonyms: ['inactive', 'retired'] }),
    notes: longText('Notes', { synonyms: ['comments', 'device notes', 'remarks'] }),
  },
  references: {
    make: reference('Make', 'make', { synonyms: ['manufacturer', 'manufacturer name', 'vendor', 'brand', 'oem'], createdByImport: true }),
    model: reference('Model', 'model', { synonyms: ['model name', 'model number', 'device model', 'system model', 'product'], createdByImport: true }),
    site: reference('Site', 'site', { synonyms: ['location', 'site name', 'location name'] }),
    contact: reference('Contact', ['person'], { synonyms: ['user', 'primary user', 'assigned to', 'owner', 'contact name'] }),
  },
  title: (content) => content.name,
});
