import type { KeyObject } from 'node:crypto';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiSettings } from '../settings/index.js';
import type { Store, WorkerPublicKey } from '../store/index.js';
import type { SessionSettings } from './session-policy.js';
import type { OnboardingProcess } from './process.js';

/** What the API is built on. Nothing in it is started or stopped by the app. */
export interface ApiDeps {
  readonly store: Store;
  readonly process: OnboardingProcess;
  readonly settings: Pick<ApiSettings, 'DECISION_TIMEOUT_MS' | 'API_RATE_LIMIT' | 'TRUST_PROXY' | 'DOWNLOAD_HOURS'> & SessionSettings;
  /** What keys of IT Glue are sealed to, and the stand-in that tenants may connect to. */
  readonly itGlue: { readonly publicKey: WorkerPublicKey; readonly standIn: { readonly url: string; readonly webUrl: string | null } | null };
  readonly logger: FastifyBaseLogger;
  /** Ed25519 keys that sign where an audit chain ends; null where none are set up. */
  readonly auditKey: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } | null;
}

/** A Fastify instance whose routes are typed by their zod schemas. */
export type Api = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;
