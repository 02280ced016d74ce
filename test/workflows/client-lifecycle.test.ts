import { WorkflowUpdateFailedError, type ApplicationFailure, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Section } from '../../domain/kinds/index.js';
import type { Action } from '../../domain/stages.js';
import { makeBundle } from '../../worker/bundle.js';
import type { clientLifecycle } from '../../workflows/client-lifecycle.js';
import { decisionUpdates, exportQueue, lifecycleQueue, lifecycleState, purgeQueue, purgeWorkflowId } from '../../workflows/contract.js';
import { scene, testConverter, type Scene } from '../support/lifecycle.js';
import { startTimeSkippingEnvironment } from '../support/temporal.js';

const day = 24 * 3600 * 1000;

describe('the life of a client', () => {
  let environment: TestWorkflowEnvironment;
  let bundle: { code: string };
  let workers: Worker[] = [];
  let running: Promise<unknown>;
  let current: Scene;
  let number = 0;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    bundle = await makeBundle();
  });
  // A server for each test: time that one test has skipped confuses the pollers of the next.
  beforeEach(async () => {
    environment = await startTimeSkippingEnvironment();
    const options = { connection: environment.nativeConnection, dataConverter: testConverter };
    // Activities act on the scene of the test that runs.
    const names = Object.keys(scene({ now: () => Promise.resolve(0) }).activities) as (keyof Scene['activities'])[];
    const activities = Object.fromEntries(names.map((name) => [name, (input: never) => current.activities[name](input)]));
    workers = [
      await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle, activities }),
      await Worker.create({ ...options, taskQueue: exportQueue, activities }),
      await Worker.create({ ...options, taskQueue: purgeQueue, activities }),
    ];
    running = Promise.all(workers.map((worker) => worker.run()));
  });
  afterEach(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await environment.teardown();
  });

  interface Running {
    readonly clientId: string;
    readonly handle: WorkflowHandle<typeof clientLifecycle>;
    decide(action: Action, section?: Section, suffix?: string): Promise<{ stage: string }>;
  }

  /** Starts a client's process in the given scene. */
  async function play(given: Scene, work: (running: Running) => Promise<void>): Promise<void> {
    current = given;
    number += 1;
    const clientId = `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`;
    const handle = await environment.client.workflow.start<typeof clientLifecycle>('clientLifecycle', {
      workflowId: `client/${clientId}`,
      taskQueue: lifecycleQueue,
      args: [{ tenantId: clientId, clientId }],
    });
    let count = 0;
    const decide: Running['decide'] = (action, section, suffix = '') => {
      count += 1;
      const decisionId = `${action}:${section ?? ''}:${count}${suffix}`;
      return handle.executeUpdate(decisionUpdates[action], { args: [{ decisionId, action, section: section ?? null }] });
    };
    await work({ clientId, handle, decide });
  }

  const whole: readonly [Action, Section?][] = [
    ['submit', 'sales'], ['approve', 'sales'], ['submit', 'accounting'], ['approve', 'accounting'], ['submit', 'msp'], ['approve', 'msp'],
    ['sign_off'], ['sign_off'],
  ];

  /** The removal outlives the client's own workflow. */
  const removal = (clientId: string) => environment.client.workflow.getHandle(purgeWorkflowId(clientId)).result();

  it('goes from the first entry to the purge, in order, with the data kept for the days of the tier', async () => {
    const given = scene({ retentionMs: 30 * day, now: () => environment.currentTimeMs() });
    await play(given, async ({ clientId, handle, decide }) => {
      for (const [action, section] of whole) await decide(action, section);
      const started = await environment.currentTimeMs();
      await decide('start_export');
      expect((await handle.result()).stage).toBe('purged');
      expect((await environment.currentTimeMs()) - started).toBeGreaterThanOrEqual(30 * day);
      await removal(clientId);
    });
    const exported = given.story.filter((word) => word.startsWith('export '));
    expect(exported[0]).toBe('export organization');
    expect(exported.indexOf('export contact')).toBeGreaterThan(exported.indexOf('export location'));
    expect(exported.indexOf('export configuration')).toBeGreaterThan(exported.indexOf('export model'));
    expect(exported.indexOf('export configuration')).toBeGreaterThan(exported.indexOf('export lists'));
    expect(exported.slice(-3).sort()).toEqual(['export attachment', 'export done', 'export password']);
    expect(exported.at(-1)).toBe('export done');
    expect(given.story.slice(-4)).toEqual(['key destroyed', 'rows removed', 'certificate written', 'histories deleted']);
  });

  it('keeps its history short: a whole life stays under 300 events', async () => {
    const given = scene({ retentionMs: day, now: () => environment.currentTimeMs() });
    await play(given, async ({ handle, decide }) => {
      for (const [action, section] of whole) await decide(action, section);
      await decide('start_export');
      await handle.result();
      expect((await handle.fetchHistory()).events!.length).toBeLessThan(300);
    });
  });

  it('refuses a decision that the stage does not know, without a trace in the history and without asking the database', async () => {
    const given = scene({ now: () => environment.currentTimeMs() });
    await play(given, async ({ handle, decide }) => {
      await decide('submit', 'sales');
      const refused = await decide('submit', 'msp').catch((error: unknown) => error as WorkflowUpdateFailedError);
      expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
      const cause = (refused as WorkflowUpdateFailedError).cause as ApplicationFailure;
      expect([cause.type, cause.details]).toEqual(['DecisionRefused', ['wrong_stage', 'Not possible now: Sales data waits for a manager']]);
      const accepted = (await handle.fetchHistory()).events!.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
      expect(accepted).toHaveLength(1);
      await handle.terminate();
    });
    expect(given.story).toEqual(['submit sales']);
  });

  it('waits for a person when an export is blocked, and goes on when they retry', async () => {
    const given = scene({ stage: 'ready', retentionMs: day, now: () => environment.currentTimeMs() });
    given.outcomes.push({ state: 'blocked', blockedBy: 'records' });
    await play(given, async ({ handle, decide }) => {
      await decide('start_export');
      await expect.poll(async () => (await handle.query(lifecycleState)).stage).toBe('export_blocked');
      await decide('retry_export');
      expect((await handle.result()).stage).toBe('purged');
    });
    expect(given.story.filter((word) => /^export (done|blocked)$/.test(word))).toEqual(['export blocked', 'export done']);
  });

  it('takes a retry in the moment in which the database shows the export as blocked and the workflow does not know yet', async () => {
    const given = scene({ stage: 'ready', retentionMs: day, now: () => environment.currentTimeMs() });
    given.outcomes.push({ state: 'blocked', blockedBy: 'records' });
    const { recordExport } = given.activities;
    let [shown, heard] = [() => undefined as void, () => undefined as void];
    const [isShown, isHeard] = [new Promise<void>((resolve) => (shown = resolve)), new Promise<void>((resolve) => (heard = resolve))];
    given.activities.recordExport = async (input) => {
      const recorded = await recordExport(input);
      shown();
      await isHeard;
      return recorded;
    };
    await play(given, async ({ handle, decide }) => {
      await decide('start_export');
      await isShown;
      const retry = { decisionId: 'retry_export::1', action: 'retry_export' as const, section: null };
      const update = await handle.startUpdate(decisionUpdates.retry_export, { args: [retry], waitForStage: 'ACCEPTED' });
      expect(given.story).not.toContain('retry_export');
      heard();
      expect((await update.result()).stage).toBe('exporting');
      expect((await handle.result()).stage).toBe('purged');
    });
    expect(given.story.filter((word) => /^export (done|blocked)$/.test(word))).toEqual(['export blocked', 'export done']);
  });

  it('warns ten, five and one days before the end, each once, also after the end was moved', async () => {
    const given = scene({ stage: 'ready', retentionMs: 30 * day, now: () => environment.currentTimeMs() });
    await play(given, async ({ handle, decide }) => {
      await decide('start_export');
      await expect.poll(async () => (await handle.query(lifecycleState)).stage).toBe('retention');
      const started = await environment.currentTimeMs();
      await environment.sleep(26 * day);
      expect(given.story.filter((word) => word.startsWith('warned'))).toEqual(['warned 10 days before', 'warned 5 days before']);
      await decide('move_retention', undefined, `@${started + 40 * day}`);
      await handle.result();
    });
    expect(given.story.filter((word) => word.startsWith('warned')).slice(2)).toEqual(['warned 10 days before', 'warned 5 days before', 'warned 1 days before']);
  });

  it('removes nothing while the client is on hold, however long, and goes on when it is released', async () => {
    const given = scene({ stage: 'ready', retentionMs: 5 * day, now: () => environment.currentTimeMs() });
    await play(given, async ({ clientId, handle, decide }) => {
      await decide('start_export');
      await expect.poll(async () => (await handle.query(lifecycleState)).stage).toBe('retention');
      await decide('hold_retention');
      await environment.sleep(400 * day);
      expect((await handle.query(lifecycleState)).stage).toBe('retention');
      await decide('release_hold', undefined, `@${(await environment.currentTimeMs()) + 2 * day}`);
      await handle.result();
      await removal(clientId);
    });
    expect(given.story.indexOf('key destroyed')).toBeGreaterThan(given.story.indexOf('release_hold'));
  });

  it('removes at once what two people want removed', async () => {
    const given = scene({ stage: 'ready', retentionMs: 300 * day, now: () => environment.currentTimeMs() });
    await play(given, async ({ clientId, handle, decide }) => {
      await decide('start_export');
      await expect.poll(async () => (await handle.query(lifecycleState)).stage).toBe('retention');
      const asked = await environment.currentTimeMs();
      await decide('ask_purge');
      await decide('confirm_purge', undefined, `@${asked}`);
      await handle.result();
      expect((await environment.currentTimeMs()) - asked).toBeLessThan(day);
      await removal(clientId);
    });
    expect(given.story).toContain('key destroyed');
  });

  it('purges at the moved end of retention, later or earlier', async () => {
    const given = scene({ stage: 'ready', retentionMs: 30 * day, now: () => environment.currentTimeMs() });
    await play(given, async ({ clientId, handle, decide }) => {
      await decide('start_export');
      await expect.poll(async () => (await handle.query(lifecycleState)).stage).toBe('retention');
      const started = await environment.currentTimeMs();
      await decide('move_retention', undefined, `@${started + 90 * day}`);
      await environment.sleep(60 * day);
      expect((await handle.query(lifecycleState)).stage).toBe('retention');
      await decide('move_retention', undefined, `@${started + 61 * day}`);
      await handle.result();
      expect((await environment.currentTimeMs()) - started).toBeLessThan(62 * day);
      await removal(clientId);
    });
    expect(given.story).toContain('key destroyed');
  });

  it('asks the database until it answers, at its beginning and at its end', async () => {
    const given = scene({ stage: 'retention', now: () => environment.currentTimeMs() });
    given.purgeAt = new Date((await environment.currentTimeMs()) + 30 * day);
    const { loadState, purgeDue } = given.activities;
    const attempts = { loadState: 0, purgeDue: 0 };
    const awayFor = <A extends unknown[], R>(name: keyof typeof attempts, ask: (...args: A) => Promise<R>) => async (...args: A): Promise<R> => {
      attempts[name] += 1;
      if (attempts[name] < 4) throw new Error('the database is away');
      return ask(...args);
    };
    Object.assign(given.activities, { loadState: awayFor('loadState', loadState), purgeDue: awayFor('purgeDue', purgeDue) });
    await play(given, async ({ clientId, handle }) => {
      expect((await handle.result()).stage).toBe('purged');
      await removal(clientId);
      await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: testConverter }, await handle.fetchHistory());
    });
    expect(attempts).toEqual({ loadState: 4, purgeDue: 4 });
    expect(given.story).toContain('key destroyed');
  });
});
