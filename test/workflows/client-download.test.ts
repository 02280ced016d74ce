import { Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporalProcess } from '../../api/temporal-process.js';
import { makeBundle } from '../../worker/bundle.js';
import { downloadQueue, downloadWorkflowId, lifecycleQueue } from '../../workflows/contract.js';
import { testConverter } from '../support/lifecycle.js';
import { startDevServer, type DevServer } from '../support/temporal.js';

const client = { tenantId: '00000000-0000-7000-8000-000000000001', clientId: '00000000-0000-7000-8000-000000000002' };

describe('the workflow of a download', () => {
  let server: DevServer;
  let temporal: Client;
  let process: ReturnType<typeof temporalProcess>;
  let workers: Worker[];
  let running: Promise<unknown>;
  const story: string[] = [];
  let attempts: (() => Promise<'ready' | 'not_wanted'>)[];

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    server = await startDevServer({ searchAttributes: { TenantId: 'Keyword' } });
    const { connection, nativeConnection } = server.environment;
    temporal = new Client({ connection, namespace: server.namespace, dataConverter: testConverter });
    process = temporalProcess({ connection: { address: server.address }, namespace: server.namespace, dataConverter: testConverter });
    const options = { connection: nativeConnection, namespace: server.namespace, dataConverter: testConverter };
    const activities = {
      buildDownload: async () => {
        story.push('build');
        return attempts.shift()!();
      },
      failDownload: async () => void story.push('failed'),
    };
    workers = [await Worker.create({ ...options, taskQueue: lifecycleQueue, workflowBundle: await makeBundle() }), await Worker.create({ ...options, taskQueue: downloadQueue, activities })];
    running = Promise.all(workers.map((worker) => worker.run()));
  });
  afterAll(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await process.close();
    await server.close();
  });
  beforeEach(() => {
    story.length = 0;
  });

  const build = (downloadId: string) => process.buildDownload({ ...client, downloadId }, new Date(Date.now() + 30_000));
  const result = (downloadId: string) => temporal.workflow.getHandle(downloadWorkflowId(client.clientId, downloadId)).result();

  it('tries again after a worker died, and is asked for once however often it is sent', async () => {
    attempts = [() => Promise.reject(new Error('The worker died')), async () => 'ready'];
    expect(await build('a')).toBe('ended');
    expect(await result('a')).toBe('ready');
    expect(story).toEqual(['build', 'build']);
  });

  it('notes that there is no file when no attempt comes to its end', async () => {
    attempts = [() => Promise.reject(ApplicationFailure.nonRetryable('This can never work'))];
    expect(await build('b')).toBe('ended');
    expect(await result('b')).toBe('failed');
    expect(story).toEqual(['build', 'failed']);
  });

  it('leaves one alone that nobody wants any more', async () => {
    attempts = [async () => 'not_wanted'];
    await build('c');
    expect([await result('c'), story]).toEqual(['not_wanted', ['build']]);
  });
});
