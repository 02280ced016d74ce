export * from './attributes.js';
export * from './checks.js';
export * from './doubled-records.js';
export * from './fields.js';
export * from './identity.js';
export * from './mappings.js';
export * from './places.js';
export * from './plan.js';
