import { longText, text } from './fields.js';
import { defineKind } from './kind.js';

/** The client itself: becomes the IT Glue organization (it-glue-api.md 2.1). */
export const company = defineKind({
  name: 'company',
  label: 'Company',
  plural: 'Company',
  path: 'company',
  section: 'sales',
  page: 'company',
  cardinality: 'one',
  needed: 'atLeastOne',
  pageAnswer: 'refused',
  fields: {
    company: text('Company', { required: 'save', synonyms: ['company name', 'client', 'client name', 'organization', 'account name', 'name'] }),
    shortName: text('Short name', { max: 100, synonyms: ['short name', 'abbreviation', 'company identifier'] }),
    description: longText('Description', { max: 2_000 }),
    notes: longText('Notes', { synonyms: ['notes', 'quick notes', 'comments'] }),
    alert: text('Alert', { max: 1_000, synonyms: ['alert', 'warning'] }),
  },
  title: (content) => content.company,
});
