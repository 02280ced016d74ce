import { configurationColumns } from './it-glue.js';
import type { Layout } from './layout.js';

const name = 'Export as CSV';

/** Exports of directories and password managers. */
export const others: readonly Layout[] = [
  {
    tool: 'Microsoft 365',
    name: 'Users',
    kind: 'person',
    source: 'Microsoft 365 admin center: Users > Active users > Export users',
    needed: ['User principal name', 'First name', 'Last name'],
    columns: {
      'Object Id': 'sourceKey',
      'User principal name': 'email',
      'Display name': null,
      'First name': 'firstName',
      'Last name': 'lastName',
      Title: 'title',
      Department: null,
      Company: null,
      Office: 'site',
      'Phone number': 'workPhone',
      Phone: 'workPhone',
      'Mobile Phone': 'mobilePhone',
      Fax: 'fax',
      'Alternate email address': 'personalEmail',
      City: null,
      'Country/Region': null,
      Licenses: null,
      'Password never expires': null,
      Notes: 'notes',
    },
  },
  {
    tool: 'ITBoost',
    name: 'Configurations',
    kind: 'configuration',
    source: "ITBoost: columns of configurations.csv as Hudu's migration scripts read them",
    needed: ['configuration_type', 'configuration_status', 'resource_type', 'serial_number'],
    // `ptimary` is the tool's own spelling.
    columns: { ...configurationColumns, ptimary_ip: 'primaryIp', resource_type: null },
  },
  {
    tool: 'Bitwarden',
    name,
    kind: 'password',
    source: 'Bitwarden: its guide to conditioning a CSV file',
    needed: ['login_uri', 'login_username', 'login_password'],
    columns: { folder: 'category', collections: 'category', favorite: null, type: null, name: 'name', notes: 'notes', fields: null, reprompt: null, login_uri: 'url', login_username: 'username', login_password: 'password', login_totp: 'otpSecret' },
  },
  {
    tool: 'LastPass',
    name,
    kind: 'password',
    source: 'LastPass: its generic CSV',
    needed: ['url', 'username', 'password', 'extra', 'grouping'],
    columns: { url: 'url', username: 'username', password: 'password', totp: 'otpSecret', extra: 'notes', name: 'name', grouping: 'category', fav: null },
  },
  {
    tool: 'KeePass',
    name,
    kind: 'password',
    source: 'KeePass 2: CSV (KeePass 1.x), and KeePassXC: CSV',
    needed: ['Account', 'Login Name', 'Password', 'Web Site'],
    columns: { Account: 'name', 'Login Name': 'username', Password: 'password', 'Web Site': 'url', Comments: 'notes' },
  },
  {
    tool: 'KeePassXC',
    name,
    kind: 'password',
    source: 'KeePassXC: Database > Export > CSV',
    needed: ['Group', 'Title', 'Username', 'Password', 'TOTP'],
    columns: { Group: 'category', Title: 'name', Username: 'username', Password: 'password', URL: 'url', Notes: 'notes', TOTP: 'otpSecret', Icon: null, 'Last Modified': 'passwordUpdatedAt', Created: null },
  },
  {
    tool: '1Password',
    name,
    kind: 'password',
    source: '1Password 8: CSV',
    needed: ['Title', 'Url', 'Username', 'Password', 'OTPAuth'],
    columns: { Title: 'name', Url: 'url', Username: 'username', Password: 'password', OTPAuth: 'otpSecret', Favorite: null, Archived: 'archived', Tags: 'category', Notes: 'notes' },
  },
  {
    tool: 'Hudu',
    name: 'Passwords',
    kind: 'password',
    source: 'Hudu: columns of its export of passwords',
    needed: ['company_name', 'name', 'username', 'password'],
    columns: { id: 'sourceKey', company_name: null, name: 'name', username: 'username', password: 'password', otp_secret: 'otpSecret', url: 'url', description: 'notes', password_type: 'category', password_folder_name: 'category' },
  },
];
