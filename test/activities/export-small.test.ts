import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../activities/index.js';
import { InlineSteps } from '../../activities/export/inline.js';
import { kinds } from '../../domain/kinds/index.js';
import { exportProgress, ledgerCounts, rewriteRecord } from '../../store/index.js';
import { readAccount } from '../support/account.js';
import { openRun } from '../support/export-run.js';
import { exportScene } from '../support/export-scene.js';

const order: Order = [[['organization']], [['location', 'contact'], ['manufacturer', 'model'], ['lists']], [['configuration']], [['password'], ['attachment']], [['attachment']]];

const inline = () => new MockActivityEnvironment({ isLocal: true }, { logger: new DefaultLogger('ERROR', () => undefined) });

describe('a small export', () => {
  const scene = exportScene({ sandbox: { switches: { maxNameLength: 40 } }, timeoutMs: 10_000 });

  const exportSmall = (exportId: string) => inline().run(() => scene.activities().exportSmall({ ...scene.key, exportId, order })) as Promise<unknown>;

  it('creates everything at one go, linked as step by step, and does nothing a second time', async () => {
    const exportId = await openRun(scene.test, scene.key);
    const done = await exportSmall(exportId);
    const account = await readAccount(scene.sandbox, scene.client.company);
    expect(done).toMatchObject({ outcome: { state: 'done', organizationId: account.organizations[0]!.id }, progress: { configuration: { total: 6, done: 6, failed: 0, skipped: 0 } } });
    expect(account.counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 });
    const firewall = account.configurations.find((one) => one['name'] === 'PC-0')!;
    expect(firewall).toMatchObject({ 'manufacturer-name': 'Acme Networks', 'model-name': 'FW-100', 'location-name': 'HQ', 'contact-name': 'First0 Last0' });
    expect(account.passwords.find((one) => one['name'] === 'Login 2')).toMatchObject({ 'resource-id': firewall['id'], 'resource-type': 'Configuration' });

    scene.sandbox.control.clearRequests();
    expect(await exportSmall(exportId)).toEqual(done);
    expect(scene.sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('says with the reason why a person is needed what was done', async () => {
    const record = scene.client.ids.get('PC-0')!;
    await rewriteRecord(scene.store, scene.key, await scene.engineer(), kinds.configuration as never, record, { version: null, fields: { name: 'x'.repeat(60) }, references: {} });
    const exportId = await openRun(scene.test, scene.key);
    await expect(exportSmall(exportId)).rejects.toMatchObject({ nonRetryable: true, details: ['records', { configuration: { total: 6, done: 5, failed: 1, skipped: 0 }, location: { total: 2, done: 2 } }] });
  });

  it('that takes long ends what is under way and begins nothing new; its steps go on from there', async () => {
    const exportId = await openRun(scene.test, scene.key);
    scene.sandbox.control.addFaults({ fault: 'stallBefore', method: 'POST', route: '/organizations/*/relationships/locations', ms: 6_000 });
    await expect(exportSmall(exportId)).rejects.toThrow(/timeout|aborted/i);
    const progress = await exportProgress(scene.store, scene.key);
    expect(progress.filter((one) => one.unsettled > 0)).toEqual([]);
    expect(progress).toContainEqual(expect.objectContaining({ resource: 'location', done: 2 }));
    expect(progress).toContainEqual(expect.objectContaining({ resource: 'contact', done: 0, planned: 9 }));

    scene.sandbox.control.clearFaults();
    await scene.run(exportId);
    expect((await readAccount(scene.sandbox, scene.client.company)).counts).toEqual({ organizations: 1, locations: 2, contacts: 9, configurations: 6, passwords: 4, attachments: 2 });
  });
});

describe('an export that is not small', () => {
  const scene = exportScene({ size: { configurations: 1_490 } });

  it('is planned, and left to its steps', async () => {
    const exportId = await openRun(scene.test, scene.key);
    expect(await inline().run(() => scene.activities().exportSmall({ ...scene.key, exportId, order }))).toBeNull();
    expect((await ledgerCounts(scene.store, scene.key)).planned).toBeGreaterThan(1_500);
    expect(scene.sandbox.control.requests(1_000).filter(({ method }) => method !== 'GET')).toEqual([]);
  });
});

describe('small exports of one worker', () => {
  const local = { info: { isLocal: true } } as never;

  it('are ten at once; the next is told at once to go on as activities, until one has ended', async () => {
    const steps = new InlineSteps();
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    const ten = Array.from({ length: 10 }, () => steps.run(local, () => held));
    await expect(steps.run(local, () => Promise.resolve('eleventh'))).rejects.toThrow('Too many exports');
    // An activity of its own holds up no workflow.
    expect(await steps.run({ info: { isLocal: false } } as never, () => Promise.resolve('an activity'))).toBe('an activity');
    end();
    await Promise.all(ten);
    expect(await steps.run(local, () => Promise.resolve('the next'))).toBe('the next');
  });
});
