import type { Client as TemporalClient } from '@temporalio/client';
import type { ItGlueClient } from '../it-glue/index.js';
import type { Store } from '../store/index.js';
import type { LanguageModel } from './spelling/language-model.js';

/** Where exports go: one IT Glue account. */
export interface Target {
  readonly api: ItGlueClient;
  /** Base address of the API, as people know it. */
  readonly apiUrl: string;
  /** Web address for links, without a slash at the end, or null when none is set. */
  readonly webUrl: string | null;
  readonly region: 'us' | 'eu' | 'au' | null;
  /** Waits before each look whether an unanswered request was carried out, in ms. */
  readonly settleDelaysMs: readonly number[];
}

/** Everything that activities use from outside. Built once in the worker's entry, replaced in tests. */
export interface Dependencies {
  readonly store: Store;
  readonly target: Target;
  /** Asked about spellings where the tenant's tier has it; null when none is set up. */
  readonly languageModel: LanguageModel | null;
  /** For deleting the histories of a purged client. */
  readonly temporal: Pick<TemporalClient, 'workflow' | 'workflowService' | 'options'>;
}
