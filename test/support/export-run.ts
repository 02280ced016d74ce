/** An export's activities run one after the other, as the workflow calls them, against the real stand-in over HTTP. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createExportActivities, type Target, type Targets } from '../../activities/index.js';
import type { Resource } from '../../domain/it-glue/index.js';
import { createItGlueClient, unpaced } from '../../it-glue/index.js';
import { createExport, newId, type ClientKey } from '../../store/index.js';
import type { Sandbox } from '../../sandbox/it-glue/index.js';
import type { TestStore } from './store.js';
import { putInStage } from './sample-client.js';

/** Failed attempts are what these tests are about: they are not worth a line each. */
const quiet = new DefaultLogger('ERROR', () => undefined);

export const exportOrder: readonly Resource[] = ['organization', 'location', 'contact', 'manufacturer', 'model', 'configuration', 'password', 'attachment'];

export function targetOf(sandbox: Sandbox, options: { timeoutMs?: number; settleDelaysMs?: readonly number[] } = {}): Target {
  const settleDelaysMs = options.settleDelaysMs ?? [10, 50, 200];
  return {
    api: createItGlueClient({ baseUrl: sandbox.url, apiKey: sandbox.apiKey, pace: unpaced, timeoutMs: options.timeoutMs ?? 3_000, settleDelaysMs, pauseWithoutRetryAfterMs: 20 }),
    apiUrl: sandbox.url,
    webUrl: sandbox.webUrl,
    region: null,
    settleDelaysMs,
  };
}

/** All tenants have the same account, with a key that works. */
export function always(target: Target): Targets {
  return { of: () => Promise.resolve({ target, version: 1, state: 'working', passwordAccess: 'yes' }) };
}

/** Opens an export run for a client that engineer and manager have signed off, as the decision does. */
export async function openRun(test: TestStore, client: ClientKey): Promise<string> {
  const { userId } = await test.actor('onboarding_engineer');
  const signOffs = await Promise.all((['onboarding_engineer', 'manager'] as const).map(async (role) => ({ ...client, role: role === 'manager' ? role : 'engineer', userId: (await test.actor(role)).userId })));
  await test.store.db.signOff.createMany({ data: signOffs, skipDuplicates: true });
  await putInStage(test.store, client, 'exporting');
  return createExport(test.store, client, { previewId: newId(), organizationTypeId: null, organizationStatusId: null, startedBy: userId });
}

/**
 * Runs the whole export; a step that fails with something that may pass is tried again, as Temporal would.
 * @returns the outcome's web address
 */
export async function runExport(test: TestStore, target: Target, client: ClientKey, exportId: string, attempts = 20) {
  const activities = createExportActivities({ store: test.store, targets: always(target), languageModel: null, temporal: null as never });
  const input = { tenantId: client.tenantId, clientId: client.clientId, exportId };
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await new MockActivityEnvironment({ attempt }, { logger: quiet }).run(work)) as T;
      } catch (error) {
        if ((error as { nonRetryable?: boolean }).nonRetryable || attempt === attempts) throw error;
      }
    }
  };
  await run(() => activities.planExport(input));
  for (const resource of exportOrder) await run(() => activities.exportResource({ ...input, resource }));
  return run(() => activities.concludeExport(input));
}
