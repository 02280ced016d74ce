import { fullName } from './contacts.js';
import { boolean, email, extension, longText, phone, text } from './fields.js';
import { defineKind, reference } from './kind.js';

/** One of the client's people: becomes an IT Glue contact (it-glue-api.md 2.4). */
export const person = defineKind({
  name: 'person',
  label: 'Person',
  plural: 'Personnel',
  path: 'personnel',
  section: 'accounting',
  page: 'personnel',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    firstName: text('First name', { required: 'save', synonyms: ['first', 'given name', 'firstname', 'forename'] }),
    lastName: text('Last name', { required: 'submit', synonyms: ['last', 'surname', 'lastname', 'family name'] }),
    title: text('Title', { synonyms: ['job title', 'position', 'role', 'job'] }),
    contactType: text('Contact type', { synonyms: ['type', 'contact types', 'relationship'] }),
    important: boolean('Important', { synonyms: ['vip', 'vip contact', 'key contact', 'primary contact'] }),
    email: email('Email', { synonyms: ['email address', 'e mail', 'mail', 'primary email', 'work email', 'userprincipalname', 'default email'] }),
    personalEmail: email('Personal email', { synonyms: ['home email', 'secondary email', 'email 2', 'alternate email', 'alternate email address'] }),
    workPhone: phone('Work phone', { synonyms: ['phone', 'phone number', 'office phone', 'business phone', 'direct phone', 'telephone', 'telephonenumber', 'default phone'] }),
    workExt: extension('Work ext', { synonyms: ['ext', 'extension', 'phone ext', 'default phone extension'] }),
    mobilePhone: phone('Mobile phone', { synonyms: ['mobile', 'cell', 'cell phone', 'mobile number', 'mobilephone'] }),
    homePhone: phone('Home phone', { synonyms: ['home'] }),
    fax: phone('Fax', { synonyms: ['fax number'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    notes: longText('Notes', { synonyms: ['comments', 'description'] }),
  },
  references: {
    site: reference('Site', 'site', { synonyms: ['location', 'office', 'branch', 'site name', 'company location', 'physicaldeliveryofficename'] }),
  },
  importKeys: [['email'], ['firstName', 'lastName']],
  title: fullName,
});
