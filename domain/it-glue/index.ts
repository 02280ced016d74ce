export * from './attributes.js';
export * from './identity.js';
export * from './places.js';
export * from './plan.js';
