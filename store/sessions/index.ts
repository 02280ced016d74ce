export * from './end.js';
export * from './policy.js';
export * from './sessions.js';
