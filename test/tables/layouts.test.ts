import { describe, expect, it } from 'vitest';
import { kindOf, type KindName } from '../../domain/kinds/index.js';
import { layouts } from '../../tables/layouts/index.js';
import { layoutOf } from '../../tables/layouts/layout.js';
import { matchColumns, targetName, targetsOf } from '../../tables/match.js';

/** What each header of an export was taken for. */
function meant(kind: KindName, headers: string) {
  const row = headers.split(',');
  const layout = layoutOf(layouts, kind, row);
  const columns = matchColumns(kindOf(kind), row, { layout, remembered: [], chosen: [] });
  return { tool: layout?.tool ?? null, fields: Object.fromEntries(columns.map(({ header, meaning }) => [header, targetName(meaning)])) };
}

/** Header rows as the tools write them, and the columns that must be understood (null: must be left out). */
const exports: readonly [tool: string, kind: KindName, headers: string, Record<string, string | null>][] = [
  [
    'Datto RMM',
    'configuration',
    'Device UID,Device Hostname,Device Description,Device Type,Site Name,Status,Last Seen,Ext IP Addr,Int IP Address,MAC Address(es),Last User,Domain,Operating System,Manufacturer,Device Model,Serial Number,Warranty Exp. Date,ScreenConnect',
    { 'Device UID': 'sourceKey', 'Device Hostname': 'name', 'Device Description': 'notes', 'Int IP Address': 'primaryIp', 'Ext IP Addr': null, Status: null, Manufacturer: 'make', 'Device Model': 'model', 'Warranty Exp. Date': 'warrantyExpiresAt', 'Site Name': 'site' },
  ],
  [
    'NinjaOne',
    'configuration',
    'ID,Organization,Location,Display Name,System Name,Device Role,OS Name,Manufacturer,Model,Serial Number,IP Addresses,Public IP,MAC Address,Last Logged In User,Last Contact,Warranty End Date',
    { ID: 'sourceKey', 'Display Name': 'name', 'System Name': 'hostname', 'Device Role': 'type', Location: 'site', Organization: null, 'Last Logged In User': null, 'Warranty End Date': 'warrantyExpiresAt' },
  ],
  ['N-able N-central', 'configuration', 'Device ID,Customer,Site,Device Name,Device Class,Network Address,Supported OS,Manufacturer,Model Number,Serial Number,Asset Tag,Last Logged In User', { 'Device ID': 'sourceKey', Customer: null, 'Device Class': 'type', 'Network Address': 'primaryIp', 'Supported OS': 'operatingSystem', 'Model Number': 'model' }],
  ['Atera', 'configuration', 'Agent ID,Customer Name,Folder Name,Agent Name,Machine Name,OS,OS Version,Vendor,Vendor Brand Model,Vendor Serial Number,IP Address,Last Login User', { 'Agent Name': 'name', 'Machine Name': 'hostname', Vendor: 'make', 'Vendor Brand Model': 'model', 'Vendor Serial Number': 'serialNumber', 'OS Version': 'operatingSystemNotes' }],
  ['ConnectWise Automate', 'configuration', 'Computer ID,Client Name,Location Name,Computer Name,Type,Operating System,Local IP,Router IP,MAC Address,Serial Number,Asset Tag,Last User,Last Contact', { 'Computer Name': 'name', 'Local IP': 'primaryIp', 'Router IP': null, 'Location Name': 'site' }],
  ['Kaseya VSA', 'configuration', 'Agent Guid,Machine ID,Machine Group,Computer Name,OS Type,OS Info,IP Address,Default Gateway,MAC Address,Manufacturer,Product Name,System Serial Number,Current User', { 'Machine ID': 'name', 'Product Name': 'model', 'System Serial Number': 'serialNumber', 'Current User': null }],
  ['ConnectWise PSA', 'configuration', 'Config RecID,Configuration Name,Configuration Type,Status,Company,Contact,Site,Serial Number,Model Number,Tag Number,Manufacturer,Vendor,Purchase Date,Installation Date,Warranty Expiration,IP Address,OS Type,OS Info,Notes', { 'Config RecID': 'sourceKey', Company: null, 'Tag Number': 'assetTag', 'Model Number': 'model', Vendor: 'purchasedBy', Manufacturer: 'make', 'OS Type': 'operatingSystem' }],
  ['ConnectWise PSA', 'person', 'Contact RecID,First Name,Last Name,Company,Site,Title,Type,Relationship,Default Email,Direct Phone,Extension,Cell', { 'Default Email': 'email', 'Direct Phone': 'workPhone', Cell: 'mobilePhone', Relationship: null, Type: 'contactType' }],
  ['Autotask', 'configuration', 'Configuration Item ID,Organization,Reference Title,Reference Number,Product Name,Product Category,Serial Number,Install Date,Warranty Expiration Date,Location,Contact,Contract Name', { 'Reference Title': 'name', 'Reference Number': 'assetTag', 'Product Name': 'model', 'Product Category': 'type', 'Contract Name': null }],
  ['Kaseya BMS', 'configuration', 'Id,Name,Account Name,Account Location,Category,Brand,Serial Number,State,Location Info,Description,Bar Code,Asset Tag,Vendor,Model Number,Machine Group ID,IP Address,Default Gateway,Os Type,Os Info,MAC Address,Warranty Expiration Date,Acquisition Date', { Id: 'sourceKey', Category: 'type', Brand: 'make', State: 'status', Description: 'notes', 'Acquisition Date': 'purchasedAt', 'Account Location': 'site' }],
  ['Kaseya BMS', 'person', 'Id,Account Name,Location Name,First Name,Last Name,Job Title,Email Address,Is Poc', { 'Location Name': 'site', 'Job Title': 'title', 'Email Address': 'email', 'Is Poc': 'important' }],
  ['Kaseya BMS', 'site', 'Id,Location Name,Is Main,Is Active,Address1,Address2,City,State,Zip Code,Country,Phone,Fax', { 'Location Name': 'name', 'Is Main': 'primary', Address1: 'address1', 'Zip Code': 'zip' }],
  ['Syncro', 'configuration', 'id,name,customer_id,contact_id,asset_type,asset_serial,external_rmm_link,created_at,updated_at', { id: 'sourceKey', name: 'name', asset_type: 'type', asset_serial: 'serialNumber', customer_id: null }],
  ['HaloPSA', 'configuration', 'Asset ID,Asset Tag,Asset Type,Client,Site,User,Status,Key Field 1,Key Field 2,Key Field 3,Manufacturer,Model', { 'Asset Tag': 'name', 'Key Field 2': 'serialNumber', User: 'contact', Client: null }],
  ['HaloPSA', 'person', 'User ID,First Name,Surname,Client Name,Site Name,Email Address,Phone Number,Mobile Number', { Surname: 'lastName', 'Site Name': 'site', 'Mobile Number': 'mobilePhone', 'Client Name': null }],
  [
    'IT Glue',
    'configuration',
    'id,organization,name,configuration_type,configuration_status,hostname,primary_ip,default_gateway,mac_address,serial_number,asset_tag,manufacturer,model,operating_system,operating_system_notes,position,notes,installed_at,installed_by,purchased_at,purchased_by,warranty_expires_at,contact,location,configuration_interfaces,archived',
    { id: 'sourceKey', organization: null, configuration_type: 'type', primary_ip: 'primaryIp', manufacturer: 'make', warranty_expires_at: 'warrantyExpiresAt', location: 'site', purchased_by: 'purchasedBy', archived: 'archived' },
  ],
  ['IT Glue', 'configuration', 'ID,Organization,Name,Configuration Type,Configuration Status,Hostname,Primary IP,Serial Number,Manufacturer,Model', { ID: 'sourceKey', 'Configuration Type': 'type', 'Primary IP': 'primaryIp' }],
  ['IT Glue', 'person', 'id,organization,first_name,last_name,title,contact_type,location,important,notes,primary_email,primary_phone', { first_name: 'firstName', contact_type: 'contactType', primary_email: 'email', primary_phone: 'workPhone', location: 'site' }],
  ['IT Glue', 'site', 'id,organization,name,primary,address_1,address_2,city,region,country,postal_code,phone,fax,notes', { name: 'name', region: 'state', postal_code: 'zip', primary: 'primary' }],
  ['IT Glue', 'password', 'id,organization,name,password_category,username,password,otp_secret,url,notes,resource_type,resource_id,archived', { id: 'sourceKey', password_category: 'category', otp_secret: 'otpSecret', resource_type: null, resource_id: null }],
  ['Microsoft 365', 'person', 'Block credential,City,Country/Region,Department,Display name,First name,Last name,Licenses,Mobile Phone,Object Id,Office,Phone number,Title,Usage location,User principal name', { 'User principal name': 'email', 'Object Id': 'sourceKey', Office: 'site', 'Mobile Phone': 'mobilePhone', Department: null }],
  ['ITBoost', 'configuration', 'id,organization,name,model,configuration_type,resource_type,configuration_status,hostname,primary_ip,serial_number,manufacturer', { name: 'name', model: 'model', configuration_type: 'type', resource_type: null }],
  ['Bitwarden', 'password', 'folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp', { login_username: 'username', login_password: 'password', login_totp: 'otpSecret', folder: 'category', type: null }],
  ['LastPass', 'password', 'url,username,password,totp,extra,name,grouping,fav', { extra: 'notes', grouping: 'category', totp: 'otpSecret' }],
  ['KeePass', 'password', 'Account,Login Name,Password,Web Site,Comments', { Account: 'name', 'Login Name': 'username', 'Web Site': 'url', Comments: 'notes' }],
  ['KeePassXC', 'password', 'Group,Title,Username,Password,URL,Notes,TOTP,Icon,Last Modified,Created', { Title: 'name', TOTP: 'otpSecret', 'Last Modified': 'passwordUpdatedAt', Created: null }],
  ['1Password', 'password', 'Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes', { Title: 'name', OTPAuth: 'otpSecret', Tags: 'category' }],
  ['Hudu', 'password', 'id,company_name,name,username,password,otp_secret,url,description,password_type', { id: 'sourceKey', company_name: null, description: 'notes', password_type: 'category' }],
];

describe('the export of a tool is known by its columns', () => {
  it.each(exports)('%s (%s)', (tool, kind, headers, expected) => {
    const found = meant(kind, headers);
    expect(found.tool).toBe(tool);
    expect(found.fields).toMatchObject(expected);
  });

  it('each layout has an export here, and fills only what its kind has', () => {
    for (const layout of layouts) {
      expect(exports.some(([tool, kind]) => tool === layout.tool && kind === layout.kind), `${layout.tool} ${layout.name}`).toBe(true);
      const targets = targetsOf(kindOf(layout.kind));
      for (const [header, target] of Object.entries(layout.columns)) expect(target === null || targets.has(target), `${layout.tool}: ${header}`).toBe(true);
    }
  });

  it('a table of nobody in particular is matched by name alone', () => {
    expect(meant('configuration', 'Name,Type,Serial').tool).toBeNull();
  });
});
