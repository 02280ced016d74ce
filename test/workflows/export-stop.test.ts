import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporalProcess } from '../../api/temporal-process.js';
import { makeBundle } from '../../worker/bundle.js';
import { exportQueue, exportWorkflowId, lifecycleQueue, workflowNames } from '../../workflows/contract.js';
import { scene, testConverter } from '../support/lifecycle.js';
import { startDevServer, type DevServer } from '../support/temporal.js';

const ids = { tenantId: '00000000-0000-7000-8000-000000000001', clientId: '00000000-0000-7000-8000-000000000002' };

describe('stopping an export', () => {
  let server: DevServer;
  let client: Client;
  let process: ReturnType<typeof temporalProcess>;
  let bundle: { code: string };
  let begun: number;
  let number = 0;
  const story: string[] = [];
  let stopAsked: Promise<void>;
  let askedToStop: () => void;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    bundle = await makeBundle();
    server = await startDevServer();
    client = new Client({ connection: server.environment.connection, namespace: server.namespace, dataConverter: testConverter });
    process = temporalProcess({ connection: { address: server.address }, namespace: 'default', dataConverter: testConverter });
  });
  afterAll(async () => {
    await process.close();
    await server.close();
  });
  beforeEach(() => {
    stopAsked = new Promise((resolve) => (askedToStop = resolve));
    begun = 0;
    story.length = 0;
  });

  /** An export whose first step goes on until it is cancelled. */
  async function startExport() {
    number += 1;
    const exportId = `run-${number}`;
    const handle = await client.workflow.start(workflowNames.itGlueExport, {
      workflowId: exportWorkflowId(ids.clientId, exportId),
      taskQueue: lifecycleQueue,
      args: [{ ...ids, exportId }],
    });
    return { exportId, handle };
  }

  async function withWorkers(work: () => Promise<void>, size: 'small' | 'large' = 'small'): Promise<void> {
    const given = scene({ now: () => Promise.resolve(0) }).activities;
    const activities = {
      ...given,
      planExport: async () => size,
      exportSmall: async ({ asked }: { asked: 'export' | 'stop' }) => (size === 'large' || asked === 'stop' ? null : untilOverTime()),
      exportResource: async ({ resource }: { resource: string }) => untilStopped(resource),
      settleExport: async () => void story.push('settled'),
    };
    const untilStopped = async (resource: string) => {
      begun += 1;
      const { cancellationSignal, heartbeat, info } = Context.current();
      expect(info.isLocal).toBe(false);
      while (!cancellationSignal.aborted) {
        heartbeat();
        await sleep(20);
      }
      story.push(`${resource} stopped`);
      throw cancellationSignal.reason;
    };
    /** As a small export, which nobody breaks off, goes on within its few seconds. */
    const untilOverTime = async () => {
      begun += 1;
      await stopAsked;
      story.push('everything over time');
      throw new Error('takes too long');
    };
    const options = { connection: server.environment.nativeConnection, dataConverter: testConverter, activities, maxHeartbeatThrottleInterval: '100ms' };
    const workers = [
      await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: bundle }),
      await Worker.create({ ...options, taskQueue: exportQueue }),
    ];
    const running = Promise.all(workers.map((worker) => worker.run()));
    try {
      await work();
    } finally {
      for (const worker of workers) worker.shutdown();
      await running;
    }
  }

  const soon = () => new Date(Date.now() + 4_000);

  it.each([
    ['small', 'paused'],
    ['small', 'cancelled'],
    ['large', 'paused'],
    ['large', 'cancelled'],
  ] as const)('ends a %s one %s after the step under way, with what exists found out', async (size, reason) => {
    await withWorkers(async () => {
      const { exportId, handle } = await startExport();
      await expect.poll(() => begun, { timeout: 20_000 }).toBe(1);
      expect(await process.stopExport({ ...ids, exportId }, reason, soon())).toBe('stopping');
      askedToStop();
      expect(await handle.result()).toEqual({ state: 'blocked', blockedBy: reason });
      expect(story).toEqual([size === 'small' ? 'everything over time' : 'organization stopped', 'settled']);
      await Worker.runReplayHistory({ workflowBundle: bundle, dataConverter: testConverter }, await handle.fetchHistory());
    }, size);
  });

  it('waits for a worker where there is none, and stops as soon as one comes', async () => {
    const { exportId, handle } = await startExport();
    expect(await process.stopExport({ ...ids, exportId }, 'paused', soon())).toBe('waiting');
    await withWorkers(async () => {
      expect(await handle.result()).toEqual({ state: 'blocked', blockedBy: 'paused' });
      expect([begun, story]).toEqual([0, ['settled']]);
    });
  });

  it('is told that there is no such export', async () => {
    expect(await process.stopExport({ ...ids, exportId: 'none' }, 'paused', soon())).toBe('absent');
  });
});
