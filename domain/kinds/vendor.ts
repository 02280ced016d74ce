import { fullName } from './contacts.js';
import { boolean, email, extension, longText, phone, text, url } from './fields.js';
import { defineKind, reference } from './kind.js';

/** A supplier of the client: becomes an IT Glue contact, since IT Glue has no company field on one. */
export const vendor = defineKind({
  name: 'vendor',
  label: 'Vendor',
  plural: 'Vendors',
  path: 'vendors',
  section: 'msp',
  page: 'vendors',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    company: text('Company', { required: 'save', synonyms: ['vendor', 'vendor name', 'supplier', 'company name', 'name', 'account name'] }),
    service: text('Service', { synonyms: ['product', 'product service', 'service type', 'category', 'services'] }),
    accountNumber: text('Account number', { synonyms: ['account', 'account no', 'customer number', 'account id', 'circuit id'] }),
    firstName: text('First name', { synonyms: ['contact first name', 'first'] }),
    lastName: text('Last name', { synonyms: ['contact last name', 'last', 'surname'] }),
    title: text('Title', { synonyms: ['job title', 'contact title'] }),
    important: boolean('Important', { synonyms: ['vip', 'critical'] }),
    email: email('Email', { synonyms: ['contact email', 'email address', 'support email', 'e mail'] }),
    workPhone: phone('Work phone', { synonyms: ['phone', 'phone number', 'support phone', 'contact phone', 'telephone'] }),
    workExt: extension('Work ext', { synonyms: ['ext', 'extension'] }),
    mobilePhone: phone('Mobile phone', { synonyms: ['mobile', 'cell'] }),
    fax: phone('Fax', { synonyms: ['fax number'] }),
    website: url('Website', { synonyms: ['web site', 'url', 'portal', 'support url', 'web address'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    notes: longText('Notes', { synonyms: ['comments', 'description'] }),
  },
  references: {
    site: reference('Site', 'site', { synonyms: ['location', 'site served'] }),
  },
  importKeys: [['company', 'firstName', 'lastName']],
  title: (content) => (fullName(content) ? `${content.company} (${fullName(content)})` : content.company),
});
