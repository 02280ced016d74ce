/** Scenery of tests about exports: a store for the file, and an IT Glue account and a sample client for each test. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createExportActivities, type ExportActivities, type LanguageModel, type Target } from '../../activities/index.js';
import type { Preview } from '../../activities/preview.js';
import type { Actor } from '../../domain/roles.js';
import { startItGlueSandbox, type Sandbox } from '../../sandbox/it-glue/index.js';
import { applyDecision, createPreview, getPreview, newId, proposeDecision, type ClientKey, type DecisionResult, type Store } from '../../store/index.js';
import { always, openRun, runExport, targetOf } from './export-run.js';
import { createSampleClient, putInStage, type SampleClient, type SampleSize } from './sample-client.js';
import { openTestStore, type TestStore } from './store.js';

/** What a test finds; it is there once its hooks have run. */
export interface ExportScene {
  readonly test: TestStore;
  readonly store: Store;
  readonly sandbox: Sandbox;
  readonly target: Target;
  readonly client: SampleClient;
  readonly key: ClientKey;
  engineer(): Promise<Actor>;
  activities(languageModel?: LanguageModel | null): ExportActivities;
  /** Goes on with another client of the same kind. */
  nextClient(): Promise<void>;
  preview(languageModel?: LanguageModel | null): Promise<Preview & { readonly id: string }>;
  /** The decision that starts an export from its preview. */
  startExport(previewId: string): Promise<DecisionResult>;
  /** Carries an export out; without its id one that is opened without a preview. */
  run(exportId?: string): ReturnType<typeof runExport>;
}

export interface SceneOptions {
  readonly size?: SampleSize;
  /** The stage that each client is put into. */
  readonly stage?: 'msp' | 'ready';
  readonly sandbox?: Parameters<typeof startItGlueSandbox>[0];
  readonly timeoutMs?: number;
  /** Runs before the client is there. */
  readonly prepare?: (scene: ExportScene) => Promise<unknown>;
}

/** Errors of activities are what these tests are about. */
export const quietEnvironment = () => new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) });

/** Registers the hooks; to be called within the `describe` of the tests. */
export function exportScene(options: SceneOptions = {}): ExportScene {
  const now = {} as { test: TestStore; sandbox: Sandbox; target: Target; client: SampleClient };
  const scene: ExportScene = {
    get test() { return now.test; },
    get store() { return now.test.store; },
    get sandbox() { return now.sandbox; },
    get target() { return now.target; },
    get client() { return now.client; },
    get key() { return now.client.key; },
    engineer: () => now.test.actor('onboarding_engineer'),
    activities: (languageModel = null) => createExportActivities({ store: now.test.store, targets: always(now.target), languageModel, temporal: null as never }),
    async nextClient() {
      now.client = await createSampleClient(now.test, options.size);
      if (options.stage) await putInStage(now.test.store, now.client.key, options.stage);
    },
    async preview(languageModel = null) {
      const previewId = await createPreview(scene.store, scene.key, (await scene.engineer()).userId);
      await quietEnvironment().run(() => scene.activities(languageModel).buildPreview({ ...scene.key, previewId }));
      return { ...(await getPreview<Preview>(scene.store, scene.key, previewId)).content!, id: previewId };
    },
    async startExport(previewId) {
      const id = newId();
      await proposeDecision(scene.store, { ...scene.key, id, action: 'start_export', section: null, actorId: (await scene.engineer()).userId, reasons: [], facts: { previewId } });
      return applyDecision(scene.store, scene.key, id);
    },
    run: async (exportId) => runExport(now.test, now.target, scene.key, exportId ?? (await openRun(now.test, scene.key))),
  };
  beforeAll(async () => {
    now.test = await openTestStore();
  });
  afterAll(() => now.test.close());
  beforeEach(async () => {
    now.sandbox = await startItGlueSandbox(options.sandbox);
    now.target = targetOf(now.sandbox, options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs });
    await options.prepare?.(scene);
    await scene.nextClient();
  });
  afterEach(async () => {
    await now.target.api.close();
    await now.sandbox.close();
  });
  return scene;
}
