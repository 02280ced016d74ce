import { boolean, longText, phone, text } from './fields.js';
import { defineKind } from './kind.js';

/** A place of the client: becomes an IT Glue location (it-glue-api.md 2.3). */
export const site = defineKind({
  name: 'site',
  label: 'Site',
  plural: 'Sites',
  path: 'sites',
  section: 'accounting',
  page: 'sites',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['site name', 'location', 'location name', 'site', 'branch', 'office'] }),
    primary: boolean('Primary site', { synonyms: ['primary', 'default', 'main', 'is primary', 'default location'] }),
    address1: text('Address 1', { required: 'submit', synonyms: ['address', 'address line 1', 'street', 'street address', 'address line one'] }),
    address2: text('Address 2', { synonyms: ['address line 2', 'suite', 'address line two'] }),
    city: text('City', { required: 'submit', synonyms: ['town'] }),
    state: text('State', { required: 'submit', synonyms: ['state province', 'region', 'province', 'county', 'state or province'] }),
    zip: text('Zip', { required: 'submit', max: 20, synonyms: ['zip code', 'postal code', 'postcode', 'zip postal code', 'zip or postal code'] }),
    country: text('Country', { synonyms: ['country name', 'country region'] }),
    phone: phone('Phone', { synonyms: ['phone number', 'telephone', 'main phone', 'site phone'] }),
    fax: phone('Fax', { synonyms: ['fax number'] }),
    openingHours: text('Opening hours', { page: 'site-attributes', synonyms: ['hours', 'business hours', 'office hours'] }),
    access: longText('Access', { page: 'site-attributes', max: 2_000, synonyms: ['access instructions', 'key card', 'entry'] }),
    parking: text('Parking', { page: 'site-attributes' }),
    afterHoursContact: text('After-hours contact', { page: 'site-attributes', synonyms: ['after hours', 'emergency contact'] }),
    afterHoursPhone: phone('After-hours phone', { page: 'site-attributes', synonyms: ['after hours number', 'emergency phone'] }),
    siteContact: text('On-site contact', { page: 'site-attributes', synonyms: ['site contact', 'local contact', 'onsite contact'] }),
    restricted: boolean('Restricted', { synonyms: ['restricted access'] }),
    notes: longText('Notes', { synonyms: ['comments', 'site notes', 'location notes'] }),
  },
  title: (content) => content.name,
  uniqueBy: (content) => content.name,
});
