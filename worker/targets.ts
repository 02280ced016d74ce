import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Connected, Target, Targets } from '../activities/index.js';
import { regionUrls, type ConnectionRegion } from '../domain/it-glue-connection.js';
import { createItGlueClient, type RequestReport } from '../it-glue/index.js';
import { createSharedPace } from '../it-glue/pace/shared-pace.js';
import type { WorkerSettings } from '../settings/index.js';
import { connectionPlace, findConnection, noteUsed, openAsWorker, type SealedConnection, type Store, type WorkerPrivateKey } from '../store/index.js';

export type TargetSettings = Pick<
  WorkerSettings,
  'DATABASE_URL' | 'IT_GLUE_STAND_IN_URL' | 'IT_GLUE_STAND_IN_WEB_URL' | 'IT_GLUE_RATE_SHARE' | 'IT_GLUE_TIMEOUT_MS' | 'IT_GLUE_SETTLE_MS' | 'IT_GLUE_PAUSE_MS'
>;

/** How often it is noted that a key was used. */
const noteEveryMs = 3_600_000;

/**
 * One client for each tenant's connection, kept until the connection changes. The only place where a tenant's API key is opened.
 * A step that began with an older client ends with it.
 */
export class TenantTargets implements Targets {
  readonly #kept = new Map<string, { version: number; target: Target }>();
  readonly #opened: Target[] = [];
  readonly #pool: pg.Pool;

  constructor(
    private readonly store: Store,
    private readonly privateKey: WorkerPrivateKey,
    private readonly settings: TargetSettings,
  ) {
    this.#pool = new pg.Pool({ connectionString: settings.DATABASE_URL, max: 2, connectionTimeoutMillis: 5_000 });
    this.#pool.on('error', () => undefined);
  }

  async of(tenantId: string): Promise<Connected | null> {
    const connection = await findConnection(this.store, tenantId);
    const address = connection && this.#addressOf(connection);
    if (!connection || !address) return null;
    const { version, state, passwordAccess } = connection;
    const kept = this.#kept.get(tenantId);
    if (kept?.version === version) return { target: kept.target, version, state, passwordAccess };
    const target = await this.#open(tenantId, connection, address);
    this.#kept.set(tenantId, { version, target });
    return { target, version, state, passwordAccess };
  }

  /** A stand-in is known by the settings alone: a tenant cannot have the worker call any address. */
  #addressOf({ region, webUrl }: SealedConnection): Pick<Target, 'apiUrl' | 'webUrl' | 'region'> | null {
    const { IT_GLUE_STAND_IN_URL: standIn, IT_GLUE_STAND_IN_WEB_URL: standInWeb } = this.settings;
    if (region !== 'stand_in') return { apiUrl: regionUrls[region], webUrl, region };
    return standIn ? { apiUrl: standIn, webUrl: standInWeb?.replace(/\/+$/, '') ?? null, region: null } : null;
  }

  async #open(tenantId: string, { version, region, sealedKey }: SealedConnection, address: Pick<Target, 'apiUrl' | 'webUrl' | 'region'>): Promise<Target> {
    const { IT_GLUE_RATE_SHARE: share, IT_GLUE_TIMEOUT_MS: timeoutMs, IT_GLUE_SETTLE_MS: settleDelaysMs, IT_GLUE_PAUSE_MS: pauseWithoutRetryAfterMs } = this.settings;
    const apiKey = await openAsWorker(this.privateKey, connectionPlace(tenantId, region), sealedKey);
    const target: Target = {
      api: createItGlueClient({
        ...addressFor(region, address.apiUrl),
        apiKey,
        pace: createSharedPace({ pool: this.#pool, key: paceKey(apiKey), share }),
        timeoutMs,
        settleDelaysMs,
        pauseWithoutRetryAfterMs,
        onRequest: this.#noter(tenantId, version),
      }),
      ...address,
      settleDelaysMs,
    };
    this.#opened.push(target);
    return target;
  }

  #noter(tenantId: string, version: number): (report: RequestReport) => void {
    let notedAt = -Infinity;
    return ({ status }) => {
      const now = Date.now();
      if (status === null || status === 403 || now - notedAt < noteEveryMs) return;
      notedAt = now;
      noteUsed(this.store, tenantId, version, new Date(now)).catch(() => {
        notedAt = -Infinity;
      });
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map(({ api }) => api.close()));
    await this.#pool.end();
  }
}

const addressFor = (region: ConnectionRegion, apiUrl: string) => (region === 'stand_in' ? { baseUrl: apiUrl } : { region });

/** The limit belongs to the key: tenants that share one share its pace. Only a hash of the key is kept. */
const paceKey = (apiKey: string) => `it-glue/${createHash('sha256').update(apiKey).digest('base64url')}`;
