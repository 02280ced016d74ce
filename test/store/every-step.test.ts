/** Every step of every section in every stage, by whom it may be taken: written by hand, so that no table of ours vouches for itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sections, type Section } from '../../domain/kinds/index.js';
import { may } from '../../domain/permissions.js';
import { roles, type Actor, type Role } from '../../domain/roles.js';
import { actions, stages, transitionFor, type Action, type Stage } from '../../domain/stages.js';
import { operationFor, type ClientKey, type Store } from '../../store/index.js';
import { openTestStore, type TestStore } from '../support/store.js';
import { putInStage } from '../support/sample-client.js';
import { decide, newClient, outsider, refusalOf } from './support.js';

const letters: Readonly<Record<string, Role>> = { A: 'administrator', M: 'manager', S: 'sales_rep', E: 'onboarding_engineer', C: 'accountant', O: 'msp' };

// After an approval a section can be opened again; these come with each later stage.
const resetSales = { 'reset sales': 'A M' };
const resetAccounting = { ...resetSales, 'reset accounting': 'A M E' };
const resetAny = { ...resetAccounting, 'reset msp': 'A M E' };
const remove = { delete: 'A M' };
const towardsTheEnd = { move_retention: 'A M', hold_retention: 'A M', release_hold: 'A M', ask_purge: 'A M', confirm_purge: 'A M' };

/** client-onboarder.md 2.10 and 2.13, and docs/decisions.md where it is silent. */
const allowed: Readonly<Record<Stage, Readonly<Record<string, string>>>> = {
  sales: { 'submit sales': 'A M S', ...remove },
  sales_review: { 'approve sales': 'A M', 'send_back sales': 'A M', ...remove },
  accounting: { 'submit accounting': 'A M E C', ...resetSales, ...remove },
  accounting_review: { 'approve accounting': 'A E', 'send_back accounting': 'A E', ...resetSales, ...remove },
  msp: { 'submit msp': 'O', 'stand_in msp': 'A M E', 'stand_in_page msp': 'A M E', 'withdraw_stand_in msp': 'A M E', ...resetAccounting, ...remove },
  msp_review: { 'approve msp': 'A E', 'send_back msp': 'A E', ...resetAccounting, ...remove },
  sign_off: { sign_off: 'M E', withdraw_sign_off: 'M E', ...resetAny, ...remove },
  ready: { withdraw_sign_off: 'M E', start_export: 'A M E', ...resetAny, ...remove },
  exporting: {},
  export_blocked: { sign_off: 'M E', retry_export: 'A M E', ...remove },
  retention: { ...towardsTheEnd, ...remove },
  purged: {},
  deleted: { ...towardsTheEnd, restore: 'A M' },
};

const ofSections: readonly Action[] = ['submit', 'approve', 'send_back', 'reset', 'stand_in', 'stand_in_page', 'withdraw_stand_in'];
const steps = actions.flatMap((action): { action: Action; section: Section | undefined; name: string }[] =>
  ofSections.includes(action) ? sections.map((section) => ({ action, section, name: `${action} ${section}` })) : [{ action, section: undefined, name: action }],
);
type Step = (typeof steps)[number];

const rolesIn = (stage: Stage, step: Step): readonly Role[] => (allowed[stage][step.name] ?? '').split(' ').flatMap((letter) => letters[letter] ?? []);
/** Whoever may take the step in some stage. */
const everAllowed = (step: Step): readonly Role[] => [...new Set(stages.flatMap((stage) => rolesIn(stage, step)))];

let test: TestStore;
let store: Store;
let client: ClientKey;
const actors = {} as Record<Role, Actor>;
beforeAll(async () => {
  test = await openTestStore();
  store = test.store;
  client = await newClient(test);
  for (const role of ['administrator', 'manager', 'sales_rep', 'onboarding_engineer'] as const) actors[role] = await test.actor(role);
  actors.accountant = (await outsider(store, client, 'accounting')).actor;
  actors.msp = (await outsider(store, client, 'msp')).actor;
});
afterAll(() => test.close());

it('names every step at least once', () => {
  expect(steps.filter((step) => everAllowed(step).length === 0).map(({ name }) => name)).toEqual(['stand_in sales', 'stand_in accounting', 'stand_in_page sales', 'stand_in_page accounting', 'withdraw_stand_in sales', 'withdraw_stand_in accounting']);
  const known = steps.map(({ name }) => name);
  expect(stages.flatMap((stage) => Object.keys(allowed[stage])).filter((name) => !known.includes(name))).toEqual([]);
});

describe.each(stages)('in the stage %s', (stage) => {
  it('each step is open to these roles and to no other', () => {
    const found = steps.map((step) => {
      const where = { clientId: client.clientId, ...(step.section ? { section: step.section } : {}) };
      const open = roles.filter((role) => transitionFor(stage, step.action, step.section) && may(actors[role], operationFor(step.action), where));
      return [step.name, open];
    });
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(steps.map((step) => [step.name, roles.filter((role) => rolesIn(stage, step).includes(role))])));
  });

  it('each other step is refused, by whoever it is tried, and leaves everything as it was', async () => {
    await putInStage(store, client, stage);
    const kept = () => Promise.all([store.db.client.findUniqueOrThrow({ where: { id: client.clientId } }), store.db.sectionState.findMany({ where: { clientId: client.clientId }, orderBy: { section: 'asc' } }), store.db.auditEntry.count(), store.db.mail.count()]);
    const before = await kept();
    const wrong: string[] = [];
    for (const step of steps) {
      const ever = everAllowed(step);
      // Whoever may take it here is refused for what it lacks, if at all; of those who might elsewhere one stands for all.
      const tried = rolesIn(stage, step).length > 0 ? roles.filter((role) => !ever.includes(role)) : [ever[0] ?? 'administrator', roles.find((role) => !ever.includes(role))!];
      for (const role of tried) {
        const code = await refusalOf(decide(store, client, actors[role], step.action, { ...(step.section ? { section: step.section } : {}), reasons: ['why'] }));
        if (code !== (ever.includes(role) ? 'wrong_stage' : 'wrong_role')) wrong.push(`${step.name} by ${role}: ${JSON.stringify(code)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(await kept()).toEqual(before);
  }, 60_000);
});
