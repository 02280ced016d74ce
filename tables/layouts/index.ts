import type { Layout } from './layout.js';

/** Exports of the common tools, as their columns are called. */
export const layouts: readonly Layout[] = [];
