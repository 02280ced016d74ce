import { boolean, date, longText, secret, text, url } from './fields.js';
import { defineKind, reference } from './kind.js';

/** A credential: becomes an IT Glue password, embedded in a configuration where it belongs to one (it-glue-api.md 2.9). */
export const password = defineKind({
  name: 'password',
  label: 'Password',
  plural: 'Passwords',
  path: 'passwords',
  section: 'msp',
  page: 'passwords',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['title', 'password name', 'credential', 'account', 'description', 'entry'] }),
    username: text('Username', { synonyms: ['user', 'user name', 'login', 'login name', 'userid', 'user id'] }),
    password: secret('Password', { required: 'submit', synonyms: ['pass', 'secret', 'pwd', 'password value'] }),
    otpSecret: secret('One-time password secret', { max: 1_000, synonyms: ['otp', 'totp', 'otp secret', 'one time password', 'mfa secret', 'otpauth', 'totp secret'] }),
    url: url('URL', { synonyms: ['web address', 'website', 'link', 'login url', 'web site'] }),
    category: text('Category', { max: 100, synonyms: ['password category', 'type', 'group', 'folder', 'grouping'] }),
    passwordUpdatedAt: date('Password updated at', { synonyms: ['password updated', 'password last updated', 'password last changed'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    archived: boolean('Archived', { synonyms: ['inactive'] }),
    notes: longText('Notes', { synonyms: ['comments', 'note', 'extra', 'remarks'] }),
  },
  references: {
    configuration: reference('Configuration', ['configuration', 'application'], {
      synonyms: ['resource', 'application', 'device', 'asset', 'configuration name', 'device name', 'related configuration'],
    }),
  },
  importKeys: [['name', 'username', 'configuration']],
  title: (content) => content.name,
});
