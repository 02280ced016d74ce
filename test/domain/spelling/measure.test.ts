import { describe, expect, it } from 'vitest';
import { dataFolder, loadData } from '../../../bench/spelling/data.js';
import { crossValidated } from '../../../bench/spelling/folds.js';
import { ours } from '../../../bench/spelling/matchers.js';
import { lookUpMakers, lookUpModels } from '../../../bench/spelling/measure.js';
import { modelRates } from '../../../bench/spelling/rates.js';
import { makerRates } from '../../../bench/spelling/table.js';

describe('the aims on the labelled corrections', () => {
  it('hold for models, micro and macro, also with the threshold chosen on other makers', () => {
    const outcomes = lookUpModels(ours, loadData());
    for (const rates of [modelRates(outcomes), modelRates(crossValidated(outcomes))]) {
      for (const kind of ['micro', 'macro'] as const) {
        expect(rates.recall[kind]).toBeGreaterThanOrEqual(70);
        expect(rates.falseAlarm[kind]).toBeLessThanOrEqual(5);
        expect(rates.wrong[kind]).toBeLessThanOrEqual(2);
      }
    }
  });

  it('hold for makers, micro and macro', () => {
    const rates = makerRates(lookUpMakers(loadData()));
    for (const kind of ['micro', 'macro'] as const) {
      expect(rates.recall[kind]).toBeGreaterThanOrEqual(95);
      expect(rates.falseAlarm[kind]).toBeLessThanOrEqual(2);
    }
    expect(rates.lookAlikesSame).toBe(0);
  });
});

it('missing data are named, not passed over', () => {
  expect(() => loadData(`${dataFolder()}/no-such-folder`)).toThrow(/spelling data are missing.*no-such-folder.*SPELLING_DATA/s);
});
