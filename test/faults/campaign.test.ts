import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRound } from './plan.js';
import { playRound } from './round.js';
import { openScenery, type OpenScenery } from './scenery.js';

const rounds = 6;
const together = 4;
const firstSeed = 1_001;

describe('exports through the whole stack', () => {
  let scenery: OpenScenery;

  beforeAll(async () => {
    scenery = await openScenery(() => undefined);
  }, 180_000);
  afterAll(() => scenery.close(), 60_000);

  it.each(Array.from({ length: rounds }, (_, index) => firstSeed + index))(
    'lose, double and touch nothing while IT Glue and parts of the stack fail (npm run faults -- --runs 4 --seed %i)',
    async (seed) => {
      expect((await playRound(scenery, planRound(seed, together))).wrong).toEqual([]);
    },
    500_000,
  );

  it('leave no secret in any log', async () => {
    expect(await scenery.leaks()).toEqual([]);
  });
});
