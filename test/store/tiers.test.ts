import { afterAll, beforeAll, expect, it } from 'vitest';
import { listTiers, saveTier } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { refusalOf } from './support.js';

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const tier = async (id: string) => (await listTiers(test.store)).find((one) => one.id === id);
const gold = { name: 'Gold', retentionDays: 90, restoreDays: 14 };

it('a tier is added whole and changed in part, and tenants that have it find that in their audit trail', async () => {
  expect(await saveTier(test.store, 'gold', gold)).toBe('added');
  expect(await tier('gold')).toMatchObject({ retentionSeconds: 90 * 86_400, restoreSeconds: 14 * 86_400, warningSeconds: [864_000, 432_000, 86_400], tenants: 0 });
  const tenantId = test.tenants[0]!.id;
  await test.store.db.tenant.update({ where: { id: tenantId }, data: { tierId: 'gold' } });
  expect(await saveTier(test.store, 'gold', { warningDays: [2, 7, 2] })).toBe('changed');
  expect(await tier('gold')).toMatchObject({ name: 'Gold', retentionSeconds: 90 * 86_400, warningSeconds: [7 * 86_400, 2 * 86_400], tenants: 1 });
  const noted = (id: string) => test.store.db.auditEntry.count({ where: { tenantId: id, action: 'tier.changed', party: 'system' } });
  expect([await noted(tenantId), await noted(test.tenants[1]!.id)]).toEqual([1, 0]);
});

it.each([
  ['no retention', { retentionDays: 0 }],
  ['half a day', { retentionDays: 1.5 }],
  ['no number', { restoreDays: Number('soon') }],
  ['more than ten years', { retentionDays: 3_651 }],
  ['no warning', { warningDays: [] }],
  ['a warning that is none', { warningDays: [0, 1] }],
  ['only warnings that come too early', { restoreDays: 5, warningDays: [10, 5] }],
])('a tier with %s is refused, and nothing is changed', async (_what, wrong) => {
  const before = await listTiers(test.store);
  expect(await refusalOf(saveTier(test.store, 'silver', { ...gold, ...wrong }))).toBe('invalid');
  expect(await refusalOf(saveTier(test.store, 'standard', wrong))).toBe('invalid');
  expect(await listTiers(test.store)).toEqual(before);
});

it('a new tier names all of it, by an id that can be typed', async () => {
  expect(await refusalOf(saveTier(test.store, 'silver', { name: 'Silver', retentionDays: 10 }))).toBe('invalid');
  expect(await refusalOf(saveTier(test.store, 'Silver Plan', gold))).toBe('invalid');
});
