import { fileName, integer, longText, text } from './fields.js';
import { defineKind, reference } from './kind.js';

/**
 * A file. Its bytes are kept apart, sealed in chunks; the record names and describes it.
 * IT Glue takes attachments on records, never on an organization (it-glue-api.md 2.10).
 */
export const attachment = defineKind({
  name: 'attachment',
  label: 'Attachment',
  plural: 'Attachments',
  path: 'attachments',
  section: 'msp',
  page: 'attachments',
  cardinality: 'many',
  needed: 'atLeastOne',
  fields: {
    fileName: fileName('File name', { required: 'save', max: 200, synonyms: ['file', 'filename', 'name', 'document'] }),
    contentType: text('Content type', { max: 100, derived: true }),
    // Only an upload sets it: a record without the bytes would be approved, and refused at the export.
    size: integer('Size in bytes', { derived: true, required: 'submit' }),
    sha256: text('SHA-256', { max: 64, derived: true }),
    description: longText('Description', { max: 2_000, synonyms: ['notes', 'about'] }),
  },
  references: {
    parent: reference('Attached to', ['configuration', 'application', 'site', 'person', 'vendor', 'password'], {
      synonyms: ['parent', 'related to', 'belongs to', 'attached to', 'device'],
    }),
  },
  importKeys: [['fileName', 'parent']],
  title: (content) => content.fileName,
});
