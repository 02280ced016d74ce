/** A tenant's connection to a stand-in, entered and opened as in earnest. */
import { connectionPlace, connectionVersion, putConnection, sealForWorkers } from '../../store/index.js';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import { TenantTargets } from '../../worker/targets.js';
import type { TestStore } from './store.js';
import { workerKeys } from './worker-keys.js';

export interface TestConnections {
  readonly targets: TenantTargets;
  /** Enters a key as an administrator of that tenant does. @returns the connection's version */
  enter(apiKey: string, tenant?: number): Promise<number>;
}

export async function openConnections(test: TestStore, sandbox: Sandbox): Promise<TestConnections> {
  const { publicKey, privateKey } = await workerKeys();
  const targets = new TenantTargets(test.store, privateKey, {
    DATABASE_URL: test.databaseUrl,
    IT_GLUE_STAND_IN_URL: sandbox.url,
    IT_GLUE_STAND_IN_WEB_URL: sandbox.webUrl,
    IT_GLUE_RATE_SHARE: 1,
    IT_GLUE_TIMEOUT_MS: 3_000,
    IT_GLUE_SETTLE_MS: [10, 50, 200],
    IT_GLUE_PAUSE_MS: 500,
  });
  return {
    targets,
    async enter(apiKey, tenant = 0) {
      const actor = await test.actor('administrator', tenant);
      const sealed = await sealForWorkers(publicKey, connectionPlace(actor.tenantId, 'stand_in'), apiKey);
      const seen = await connectionVersion(test.store, actor.tenantId);
      const { version } = await putConnection(test.store, actor, { region: 'stand_in', webUrl: null, key: { sealed, ending: apiKey.slice(-4) }, seen });
      return version;
    },
  };
}
