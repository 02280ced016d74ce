import { longText, text } from './fields.js';
import { defineKind, reference } from './kind.js';

/** A maker of hardware or software: becomes an IT Glue manufacturer, shared by all organizations. */
export const make = defineKind({
  name: 'make',
  label: 'Make',
  plural: 'Makes',
  path: 'makes',
  section: 'msp',
  page: 'makes-and-models',
  cardinality: 'many',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['make', 'manufacturer', 'manufacturer name', 'maker', 'brand'] }),
    notes: longText('Notes', { max: 2_000 }),
  },
  title: (content) => content.name,
  uniqueBy: (content) => content.name,
});

/** A model of a make: becomes an IT Glue model. */
export const model = defineKind({
  name: 'model',
  label: 'Model',
  plural: 'Models',
  path: 'models',
  section: 'msp',
  page: 'makes-and-models',
  cardinality: 'many',
  fields: {
    name: text('Name', { required: 'save', synonyms: ['model', 'model name', 'model number'] }),
    notes: longText('Notes', { max: 2_000 }),
  },
  references: {
    make: reference('Make', 'make', { requirement: 'submit', synonyms: ['manufacturer', 'brand', 'maker'], createdByImport: true }),
  },
  title: (content) => content.name,
  uniqueBy: (content, references) => `${references.make ?? ''}\u001f${content.name}`,
});
