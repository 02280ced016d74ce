export * from './catalogue.js';
export * from './kind.js';
export * from './pages.js';
export type { Field, FieldType, Requirement } from './fields.js';
export { storedValue } from './stored-value.js';
export { fullName } from './contacts.js';
