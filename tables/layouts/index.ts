import { itGlue } from './it-glue.js';
import type { Layout } from './layout.js';
import { others } from './others.js';
import { psa } from './psa.js';
import { rmm } from './rmm.js';

/** Exports of the common tools, as their columns are called. */
export const layouts: readonly Layout[] = [...itGlue, ...psa, ...rmm, ...others];
