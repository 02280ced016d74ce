import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sections, type Section } from '../../domain/kinds/index.js';
import { roles } from '../../domain/roles.js';
import {
  actions,
  entryStage,
  mayEditIn,
  reviewStage,
  sectionPhase,
  stages,
  stageWords,
  transitionFor,
  transitions,
  waitingOn,
  type Action,
  type OwnStep,
  type Stage,
} from '../../domain/stages.js';

const ownSteps: readonly OwnStep[] = ['sign_offs_complete', 'export_done', 'export_blocked', 'purge'];
const steps: readonly (Action | OwnStep)[] = [...actions, ...ownSteps];
const sectionActions: readonly string[] = ['submit', 'approve', 'send_back', 'reset', 'stand_in', 'stand_in_page', 'withdraw_stand_in'];

/** A client as the table alone moves it. */
interface Model {
  stage: Stage;
  before: Stage | null;
}

function take(model: Model, step: Action | OwnStep, section: Section | undefined): boolean {
  const row = transitionFor(model.stage, step, section);
  if (!row) return false;
  const from = model.stage;
  model.stage = row.to === 'stay' ? from : row.to === 'before_deletion' ? model.before! : row.to;
  if (step === 'delete') model.before = from;
  if (step === 'restore') model.before = null;
  return true;
}

const anyStep = fc.record({ step: fc.constantFrom(...steps), section: fc.option(fc.constantFrom(...sections), { nil: undefined }) });

/** Every legal single step from a stage. */
function nextOf(model: Model): Model[] {
  return steps.flatMap((step) =>
    [undefined, ...sections].flatMap((section) => {
      const next = { ...model };
      return take(next, step, section) ? [next] : [];
    }),
  );
}

function reachable(): Set<Stage> {
  const seen = new Map<string, Model>();
  const queue: Model[] = [{ stage: 'sales', before: null }];
  for (let model = queue.pop(); model; model = queue.pop()) {
    const key = `${model.stage}/${model.before}`;
    if (seen.has(key)) continue;
    seen.set(key, model);
    queue.push(...nextOf(model));
  }
  return new Set([...seen.values()].map((model) => model.stage));
}

describe('the stage table', () => {
  it('reaches every stage from the first one, and nothing else', () => {
    expect([...reachable()].sort()).toEqual([...stages].sort());
  });

  it('moves along the documented way and no other, whatever is tried in whatever order', () => {
    const legal = new Set(transitions.flatMap((row) => row.from.map((from) => `${from} ${row.action} ${row.section ?? ''}`)));
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (tries) => {
        const model: Model = { stage: 'sales', before: null };
        for (const { step, section } of tries) {
          const from = model.stage;
          const moved = take(model, step, section);
          const named = sectionActions.includes(step) ? (section ?? 'none') : '';
          expect(moved).toBe(legal.has(`${from} ${step} ${named}`));
          if (!moved) expect(model.stage).toBe(from);
          expect(stages).toContain(model.stage);
          if (model.stage === 'deleted') expect(model.before).not.toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never reaches an export without the review of each section and the sign-offs since its last entry', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 80 }), (tries) => {
        const model: Model = { stage: 'sales', before: null };
        const approved = new Set<Section>();
        let signed = false;
        for (const { step, section } of tries) {
          if (!take(model, step, section)) continue;
          if (step === 'approve' || step === 'stand_in') approved.add(section!);
          if (step === 'reset') for (const later of sections.slice(sections.indexOf(section!))) approved.delete(later);
          if (step === 'sign_offs_complete') signed = true;
          if (step === 'reset' || step === 'withdraw_sign_off') signed = false;
          if (model.stage === 'exporting') expect([approved.size, signed]).toEqual([3, true]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('ends with purged: nothing leads out of it', () => {
    expect(nextOf({ stage: 'purged', before: null })).toEqual([]);
  });

  it('purges only from retention or deletion', () => {
    expect(stages.filter((stage) => transitionFor(stage, 'purge'))).toEqual(['retention', 'deleted']);
  });

  it('deletes no client while it is being exported', () => {
    expect(transitionFor('exporting', 'delete')).toBeUndefined();
  });

  it('has one row at most for a step of a section in a stage', () => {
    for (const stage of stages) {
      for (const step of steps) {
        for (const section of [undefined, ...sections]) {
          const rows = transitions.filter((row) => row.action === step && row.from.includes(stage) && row.section === section);
          expect(rows.length, `${stage} ${step} ${section}`).toBeLessThanOrEqual(1);
        }
      }
    }
  });

  it('refuses a section decision that names no section or another one', () => {
    expect(transitionFor('sales', 'submit')).toBeUndefined();
    expect(transitionFor('sales', 'submit', 'msp')).toBeUndefined();
    expect(transitionFor('msp', 'stand_in', 'accounting')).toBeUndefined();
  });
});

describe('a section', () => {
  it('is open for entry in its own stage only, and to correct what an export refused', () => {
    for (const section of sections) {
      expect(stages.filter((stage) => mayEditIn(section, stage))).toEqual([entryStage[section], 'export_blocked']);
    }
  });

  it('waits, is entered, reviewed, and approved, in this order along the way', () => {
    const order = ['waiting', 'entry', 'review', 'approved'];
    for (const section of sections) {
      const phases = stages.map((stage) => order.indexOf(sectionPhase(section, stage)));
      expect(phases).toEqual([...phases].sort());
      expect(sectionPhase(section, reviewStage[section])).toBe('review');
    }
  });
});

it('has words and awaited roles for every stage', () => {
  for (const stage of stages) {
    expect(stageWords[stage]).not.toBe('');
    for (const role of waitingOn[stage]) expect(roles).toContain(role);
  }
});
