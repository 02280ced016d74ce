export * from './identity-provider.js';
export * from './links.js';
export * from './mail-code.js';
export * from './one-time.js';
export * from './passwords.js';
export * from './rules.js';
export * from './second-factor.js';
export * from './throttle.js';
