import { boolean, date, integer, longText, text, url } from './fields.js';
import { defineKind, reference } from './kind.js';

/**
 * A program or service that the client works with: becomes an IT Glue configuration of type *Application*, since the export
 * knows no other record for it (client-onboarder.md 2.13). Its credentials and licence keys belong on the passwords page.
 */
export const application = defineKind({
  name: 'application',
  label: 'Application',
  plural: 'Applications',
  path: 'applications',
  section: 'msp',
  page: 'applications',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['application name', 'application', 'software', 'software name', 'program', 'product name', 'title'] }),
    category: text('Category', { max: 100, synonyms: ['type', 'application type', 'software type', 'class'] }),
    publisher: text('Publisher', { synonyms: ['vendor', 'manufacturer', 'developer', 'supplier', 'software vendor'] }),
    version: text('Version', { max: 100, synonyms: ['release', 'software version', 'display version', 'build'] }),
    hostedOn: text('Hosted on', { synonyms: ['server', 'host', 'hosting', 'installed on', 'application server', 'hosting location'] }),
    url: url('URL', { synonyms: ['web address', 'website', 'link', 'login url', 'web site'] }),
    licences: integer('Licences', { synonyms: ['licenses', 'seats', 'license count', 'licence count', 'quantity', 'number of users'] }),
    accountNumber: text('Account number', { synonyms: ['customer number', 'account', 'subscription id', 'license id', 'contract number'] }),
    renewsAt: date('Renews at', { synonyms: ['renewal date', 'renewal', 'expires', 'expiration date', 'license expiration', 'subscription end'] }),
    support: text('Support', { synonyms: ['support contact', 'support phone', 'support email', 'vendor support'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    archived: boolean('Archived', { synonyms: ['inactive', 'retired'] }),
    notes: longText('Notes', { synonyms: ['comments', 'description', 'remarks'] }),
  },
  references: {
    site: reference('Site', 'site', { synonyms: ['location', 'site name', 'location name'] }),
    contact: reference('Contact', ['person'], { synonyms: ['business owner', 'owner', 'application champion', 'contact name', 'main contact'] }),
  },
  title: (content) => content.name,
  uniqueBy: (content) => content.name,
});
