import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultKinds } from '../../sandbox/it-glue/faults.js';
import { filesFollow, modelsFollow, planRounds } from './plan.js';
import { playRound, type RoundResult } from './round.js';
import { openCampaignStack, type CampaignStack } from './stack.js';

/** A plan in which each part of the stack is killed once, small clients meet every kind of fault, models follow makes, and files devices. */
const [seed, runs] = [58_049, 24];
const [plan] = planRounds(seed, runs);

describe('the plan of the fault campaign', () => {
  it('is the same for a seed each time, alone or among others', () => {
    expect(planRounds(seed, runs)).toEqual([plan]);
    const [alone] = planRounds(seed + 5, 1);
    expect(alone!.switches).toEqual(plan!.switches);
    expect(alone!.shared).toEqual(plan!.shared);
    const { client, blows, stops } = plan!.runs[5]!;
    expect(alone!.runs[0]).toMatchObject({ client, blows, stops });
  });

  it('has exports in which models are sent while makes are created, and files while devices are', () => {
    expect(plan!.runs.filter(modelsFollow).map((run) => run.seed)).not.toEqual([]);
    expect(plan!.runs.filter(filesFollow).map((run) => run.seed)).not.toEqual([]);
  });

  it('brings every kind of fault within as many runs as there are kinds', () => {
    const planned = new Set(planRounds(1, faultKinds.length).flatMap((round) => round.runs).map((run) => run.faults[0]!.fault));
    expect([...planned].sort()).toEqual([...faultKinds].sort());
  });
});

describe(`${runs} exports through faults and killed parts`, () => {
  let stack: CampaignStack | undefined;
  let result: RoundResult;

  // A busy machine takes its time; a round on an idle one takes about a minute.
  beforeAll(async () => {
    stack = await openCampaignStack(() => undefined);
    result = await playRound(stack, plan!);
  }, 900_000);
  afterAll(() => stack?.close(), 60_000);

  it('end with exactly what the sources say, once, and nothing else is touched', () => {
    expect(result.wrong, `play it again: npm run faults -- --runs ${runs} --seed ${seed}`).toEqual([]);
    expect(result.runs).toBe(runs);
    expect(result.records).toBeGreaterThan(500);
  });

  it('have met their faults, and each part was killed', () => {
    expect(Object.keys(result.faults).length).toBeGreaterThan(8);
    expect(Object.keys(result.blows).sort()).toEqual(['kill api', 'kill postgres', 'kill temporal', 'kill worker']);
  });

  it('leave no secret in a log or a database', async () => {
    expect(await stack!.leaks()).toEqual([]);
  });
});
