import type { Client as TemporalClient } from '@temporalio/client';
import type { ConnectionState, PasswordAccess } from '../domain/it-glue-connection.js';
import type { ItGlueClient } from '../it-glue/index.js';
import type { Store } from '../store/index.js';
import type { Mailer } from './mail/smtp.js';
import type { LanguageModel } from './spelling/language-model.js';

/** Where a tenant's exports go: one IT Glue account. */
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

/** A tenant's connection to its account, as it was when somebody asked. */
export interface Connected {
  readonly target: Target;
  /** Rises whenever the key or the address is changed. */
  readonly version: number;
  /** `refused`: IT Glue did not accept the key when it was last used. */
  readonly state: ConnectionState;
  readonly passwordAccess: PasswordAccess;
}

/** The IT Glue accounts of all tenants. */
export interface Targets {
  /** The tenant's account, or null when no connection is set up. */
  of(tenantId: string): Promise<Connected | null>;
}

/** The way out for mail. */
export interface Post {
  readonly mailer: Mailer;
  /** Web address that links in mails begin with, without a slash at the end. */
  readonly publicUrl: string;
}

/** Everything that activities use from outside. Built once in the worker's entry, replaced in tests. */
export interface Dependencies {
  readonly store: Store;
  readonly targets: Targets;
  /** Asked about spellings where the tenant's tier has it; null when none is set up. */
  readonly languageModel: LanguageModel | null;
  /** For deleting the histories of a purged client, and waking exports that wait. */
  readonly temporal: Pick<TemporalClient, 'workflow' | 'workflowService' | 'options' | 'withDeadline'>;
}
