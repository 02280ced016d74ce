export * from './companies.js';
export * from './list.js';
export * from './manage.js';
export * from './reassign.js';
