export type SampleKind = 'sites' | 'personnel' | 'vendors' | 'configurations' | 'applications' | 'passwords' | 'attachments';

/** Columns whose values are taken exactly, blanks included. */
export const secretColumns: ReadonlySet<string> = new Set(['password', 'otp']);

/**
 * What each column of the sample's files means, written down once more on purpose: the comparison must not believe the
 * product's own table of synonyms. Null: the column says nothing that a field of ours could hold.
 */
export const columns: Readonly<Record<SampleKind, Readonly<Record<string, string | null>>>> = {
  sites: {
    'Site Name': 'name', 'Address Line 1': 'address1', 'Address Line 2': 'address2', City: 'city', State: 'state', Zip: 'zip', Country: 'country',
    Phone: 'phone', Fax: 'fax', Primary: 'primary', Territory: null, 'Tax Code': null, 'Business Hours': 'hours', 'Access Instructions': 'access',
    Parking: 'parking', 'After Hours': 'afterHours', 'Site Notes': 'notes',
  },
  personnel: {
    UserPrincipalName: 'email', DisplayName: null, FirstName: 'first', LastName: 'last', Title: 'title', Department: null, Company: null, Office: 'site',
    Phone: 'phone', MobilePhone: 'mobile', Fax: 'fax', Manager: null, Notes: 'notes', RecipientTypeDetails: null, WhenCreated: null,
    'First Name': 'first', 'Last Name': 'last', 'Contact Type': 'type', Site: 'site', VIP: 'important', 'Default Phone': 'phone',
    'Default Phone Extension': 'extension', 'Home Phone': 'home', 'Default Email': 'email', 'Personal Email': 'personal', 'Inactive Flag': null,
    'Last Updated': null,
  },
  vendors: {
    'Vendor Name': 'company', Service: 'service', 'Account Number': 'account', 'Contact First Name': 'first', 'Contact Last Name': 'last',
    'Contact Title': 'title', Phone: 'phone', Ext: 'extension', Email: 'email', Website: 'website', Location: 'site', Critical: 'important', Terms: null,
    '1099': null, Notes: 'notes',
  },
  configurations: {
    'Device UID': null, 'Device Name': 'name', 'Device Type': 'type', 'Site Name': 'site', FQDN: 'hostname', 'Int IP Address': 'ip', 'Ext IP Address': null,
    'MAC Address': 'mac', 'Operating System': 'os', 'Service Pack': 'osNotes', Manufacturer: 'make', 'Device Model': 'model', 'Serial Number': 'serial',
    'Assigned To': 'contact', Domain: null, 'Last Seen': null, 'Warranty Date': 'warranty', 'Antivirus Product': null, 'User-Defined Field 1': null,
    'Configuration Name': 'name', 'Configuration Type': 'type', Status: 'status', 'Tag Number': 'tag', 'Model Number': 'model', 'Contact Name': 'contact',
    'Purchase Date': 'purchased', 'Install Date': 'installed', 'Installed By': 'installedBy', 'Purchased From': 'purchasedBy',
    'Warranty Expiration Date': 'warranty', 'End of Life Date': 'endOfLife', 'IP Address': 'ip', 'Default Gateway': 'gateway', 'OS Info': 'os',
    Rack: 'position', Inactive: 'archived', 'Bill Customer': null, 'Management Link': null, SLA: null, 'Device Notes': 'notes',
    Category: 'type', Product: 'model', 'Reference Number': null, Location: 'site', Room: 'position', Firmware: 'os', 'Contract Name': null, Notes: 'notes',
  },
  applications: {
    'Application Name': 'name', Type: 'category', Vendor: 'publisher', Version: 'version', Server: 'hostedOn', 'Web Address': 'url', Seats: 'licences',
    'Customer Number': 'account', 'Renewal Date': 'renews', 'Support Contact': 'support', Location: 'site', 'Business Owner': 'contact', 'Monthly Cost': null,
    Comments: 'notes',
  },
  passwords: {
    Name: 'name', Username: 'username', Password: 'password', URL: 'url', Notes: 'notes', OTP: 'otp', Category: 'category', Resource: 'configuration',
    Archived: 'archived', Organization: null, 'Password Updated At': 'changed',
  },
  attachments: { File: 'file', Description: 'description', 'Attached to': 'parent' },
};
