import { afterAll, beforeAll, expect, it } from 'vitest';
import { beginSweep, endSweep, noteMended, noteReported } from '../../store/index.js';
import { startTestApi, type TestApi } from './support.js';

let test: TestApi;
beforeAll(async () => {
  test = await startTestApi();
});
afterAll(() => test.close());

it('what the hourly check found is shown to Administrators of its organization, with what to do', async () => {
  const clientOf = async (tenant: number) => ({ tenantId: test.tenants[tenant]!.id, clientId: (await test.call({ token: test.token('manager', tenant) }, 'POST', '/v1/clients', { company: 'Cedar Street' })).body.id as string });
  const [mine, other] = [await clientOf(0), await clientOf(1)];
  const ask = async (which: string, tenant = 0) => (await test.call({ token: test.token('administrator', tenant) }, 'GET', `/v1/sweep?which=${which}`)).body as { items: { clientId: string; kind: string; outcome: string; words: string; settledAt: string | null }[]; lastRun: { clients: number; late: boolean } | null };
  expect(await ask('open')).toMatchObject({ items: [], lastRun: null });

  const runId = await beginSweep(test.store);
  await noteMended(test.store, { ...mine, runId, kind: 'workflow_missing' });
  await noteReported(test.store, { ...mine, runId, kind: 'removal_overdue' });
  await noteReported(test.store, { ...other, runId, kind: 'removal_overdue' });
  await endSweep(test.store, runId, { clients: 2, mended: 1, reported: 2, cleared: {} });

  const open = await ask('open');
  expect(open.items.map(({ clientId, kind }) => [clientId, kind])).toEqual([[mine.clientId, 'removal_overdue']]);
  expect(open.items[0]!.words).toContain('Look at the workers');
  expect(open.lastRun).toMatchObject({ clients: 2, late: false });
  expect((await ask('all')).items).toHaveLength(2);
  expect((await ask('all', 1)).items.map(({ clientId }) => clientId)).toEqual([other.clientId]);

  const next = await beginSweep(test.store);
  await endSweep(test.store, next, { clients: 2, mended: 0, reported: 0, cleared: {} });
  expect((await ask('open')).items).toEqual([]);
  expect((await ask('all')).items.find(({ outcome }) => outcome === 'reported')!.settledAt).not.toBeNull();
});
