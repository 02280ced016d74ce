import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '../../worker/bundle.js';
import { cancelExport, exportQueue, failureTypes, lifecycleQueue, workflowNames } from '../../workflows/contract.js';
import { scene, testConverter } from '../support/lifecycle.js';
import { startDevServer, type DevServer } from '../support/temporal.js';

const ids = { tenantId: '00000000-0000-7000-8000-000000000001', clientId: '00000000-0000-7000-8000-000000000002' };

const counts = { total: 1, done: 1, failed: 0, skipped: 0 };

const done = { state: 'done', organizationId: '1', organizationUrl: null };

type Step = (resource: string, attempt: number) => Promise<void> | void;

describe('the steps of a small export', () => {
  let server: DevServer;
  let client: Client;
  let bundle: { code: string };
  let number = 0;
  /** Each attempt of a step: what it creates, and whether it runs inside of its workflow's task. */
  let tried: string[];

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    bundle = await makeBundle();
    server = await startDevServer();
    client = new Client({ connection: server.environment.connection, namespace: server.namespace, dataConverter: testConverter });
  });
  afterAll(() => server.close());

  async function play(size: 'small' | 'large', step: Step): Promise<unknown> {
    tried = [];
    number += 1;
    const handle = await client.workflow.start(workflowNames.itGlueExport, { workflowId: `export-${number}`, taskQueue: lifecycleQueue, args: [{ ...ids, exportId: `run-${number}` }] });
    const running = await startWorkers(size, step);
    try {
      const outcome = await handle.result();
      await replay(handle);
      return outcome;
    } finally {
      await running.end();
    }
  }

  /** Another worker must come to the same by the history, however the steps came to their ends. */
  async function replay(handle: { fetchHistory(): Promise<unknown> }): Promise<void> {
    await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: testConverter }, (await handle.fetchHistory()) as never);
  }

  async function startWorkers(size: 'small' | 'large', step: Step) {
    const attempts = new Map<string, number>();
    const begin = (what: string) => {
      tried.push(`${what} ${Context.current().info.isLocal ? 'inline' : 'alone'}`);
      attempts.set(what, (attempts.get(what) ?? 0) + 1);
      return attempts.get(what)!;
    };
    const activities = {
      ...scene({ now: () => Promise.resolve(0) }).activities,
      planExport: async () => size,
      exportSmall: async ({ order }: { order: readonly (readonly (readonly string[])[])[] }) => {
        if (size === 'large') return null;
        for (const resource of new Set(order.flat(2))) await step(resource, begin(resource));
        return { outcome: done, progress: Object.fromEntries(order.flat(2).map((resource) => [resource, counts])) };
      },
      exportLists: async () => void begin('lists'),
      exportResource: async ({ resource }: { resource: string }) => {
        await step(resource, begin(resource));
        return counts;
      },
    };
    const options = { connection: server.environment.nativeConnection, dataConverter: testConverter, activities, shutdownGraceTime: '1s' };
    const workers = [await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle }), await Worker.create({ ...options, taskQueue: exportQueue })];
    const running = Promise.all(workers.map((worker) => worker.run()));
    return {
      async end() {
        for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
        await running;
      },
    };
  }

  it('run where the workflow is', async () => {
    expect(await play('small', () => undefined)).toEqual(done);
    expect(tried.filter((one) => !one.endsWith('inline'))).toEqual([]);
    expect(new Set(tried).size).toBe(9);
  });

  it('are activities of their own in a large one', async () => {
    expect(await play('large', () => undefined)).toEqual(done);
    expect(tried.filter((one) => !one.endsWith('alone'))).toEqual([]);
  });

  it('go on as activities of their own when one fails', async () => {
    const outcome = await play('small', (resource, attempt) => {
      if (resource === 'configuration' && attempt < 4) throw new Error('IT Glue is busy');
    });
    expect(outcome).toEqual(done);
    expect(tried.filter((one) => one.startsWith('configuration'))).toEqual(['configuration inline', 'configuration alone', 'configuration alone', 'configuration alone']);
    // In the order of what links to what, from the first one on: the ledger knows what is there already.
    const alone = tried.filter((one) => one.endsWith('alone')).map((one) => one.replace(' alone', ''));
    expect(alone[0]).toBe('organization');
    expect(alone.indexOf('model')).toBeGreaterThan(alone.indexOf('manufacturer'));
    expect(alone.indexOf('configuration')).toBeGreaterThan(alone.indexOf('contact'));
    expect(new Set(alone.slice(alone.lastIndexOf('configuration') + 1))).toEqual(new Set(['password', 'attachment']));
  });

  it('end with the reason why a person is needed, and are not tried again', async () => {
    const outcome = await play('small', (resource) => {
      if (resource === 'contact') throw ApplicationFailure.create({ type: failureTypes.blocked, nonRetryable: true, details: ['key_refused'] });
    });
    expect(outcome).toEqual({ state: 'blocked', blockedBy: 'key_refused' });
    expect(tried.filter((one) => one.startsWith('contact'))).toEqual(['contact inline']);
    expect(tried.some((one) => one.startsWith('configuration'))).toBe(false);
  });

  it('are taken up by another worker where theirs ends', async () => {
    tried = [];
    number += 1;
    const handle = await client.workflow.start(workflowNames.itGlueExport, { workflowId: `export-${number}`, taskQueue: lifecycleQueue, args: [{ ...ids, exportId: `run-${number}` }] });
    let leave: (error: Error) => void = () => undefined;
    const left = new Promise<void>((_resolve, reject) => (leave = reject));
    const first = await startWorkers('small', (resource) => (resource === 'password' ? left : undefined));
    await expect.poll(() => tried.includes('password inline'), { timeout: 60_000 }).toBe(true);
    const ended = first.end();
    leave(new Error('The step takes long'));
    await ended;
    const second = await startWorkers('small', () => undefined);
    try {
      expect(await handle.result()).toEqual(done);
      await replay(handle);
      expect(tried.filter((one) => one.startsWith('password'))).toEqual(['password inline', 'password alone']);
    } finally {
      await second.end();
    }
  });

  it('come to the same for another worker where their task ran out of time, and a stop came before the next', async () => {
    expect(await play('small', () => undefined)).toEqual(done);
    const history = JSON.parse(historyToJSON(await client.workflow.getHandle(`export-${number}`).fetchHistory())) as { events: Event[] };
    // The worker stood still for too long, was asked to stop, and went on as if nothing had happened.
    const [started, scheduled, begun, ...rest] = history.events;
    const events = [
      started!,
      scheduled!,
      begun!,
      { eventType: 'EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT', workflowTaskTimedOutEventAttributes: { scheduledEventId: '2', startedEventId: '3', timeoutType: 'TIMEOUT_TYPE_START_TO_CLOSE' } },
      { eventType: 'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED', workflowExecutionSignaledEventAttributes: { signalName: cancelExport.name, input: {} } },
      ...[scheduled!, begun!, ...rest].map((event) => later(event, 4)),
    ].map((event, index): Event => ({ ...event, eventId: String(index + 1), eventTime: started!['eventTime'] }));
    await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: testConverter }, { events } as never);
  });
});

/** An event of a history as JSON. */
type Event = { readonly eventId: string } & Readonly<Record<string, unknown>>;

/** The event where so many others stand before it: all that it refers to but the beginning has moved. */
function later<T>(value: T, by: number): T {
  if (typeof value !== 'object' || value === null) return value;
  const moved = Object.entries(value).map(([key, inner]: [string, unknown]) => [key, key.endsWith('EventId') && Number(inner) > 1 ? String(Number(inner) + by) : later(inner, by)]);
  return (Array.isArray(value) ? moved.map(([, inner]) => inner as unknown) : Object.fromEntries(moved)) as T;
}
