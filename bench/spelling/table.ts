import type { MakerOutcomes } from './measure.js';
import { rate, type ModelRates, type Rate } from './rates.js';

const percent = (value: number): string => value.toFixed(1).padStart(5);
const range = ([low, high]: [number, number]): string => `[${low.toFixed(0)}-${high.toFixed(0)}]`.padEnd(9);
const cell = (value: Rate, kind: 'micro' | 'macro'): string =>
  kind === 'micro' ? `${percent(value.micro)} ${range(value.microInterval)}` : `${percent(value.macro)} ${range(value.macroInterval)}`;

/** Rows of one table: a matcher or a part of the data, and its four rates. */
export function modelTable(title: string, rows: readonly (readonly [string, ModelRates])[]): string {
  const lines = [title, `  ${''.padEnd(34)}${'top-1'.padEnd(17)}${'recall'.padEnd(17)}${'wrong target'.padEnd(17)}false alarm`];
  for (const [name, rates] of rows) {
    for (const kind of ['micro', 'macro'] as const) {
      const cells = [rates.top1, rates.recall, rates.wrong, rates.falseAlarm].map((value) => cell(value, kind).padEnd(17));
      lines.push(`  ${`${name}, ${kind}`.padEnd(34)}${cells.join('')}`.trimEnd());
    }
  }
  const first = rows[0]?.[1];
  if (first) lines.push(`  (${first.recall.cases} corrections of ${first.recall.makers} makers, ${first.falseAlarm.cases} models of ${first.falseAlarm.makers} makers left out; per cent, 95 % bootstrap interval)`);
  return lines.join('\n');
}

export interface MakerRates {
  recall: Rate;
  falseAlarm: Rate;
  lookAlikesSame: number;
}

export function makerRates(outcomes: MakerOutcomes): MakerRates {
  return {
    recall: rate(outcomes.variants, (one) => one.right && one.counts),
    falseAlarm: rate(outcomes.leftOut, (one) => one.counts),
    lookAlikesSame: outcomes.lookAlikesSame,
  };
}

export function makerTable({ recall, falseAlarm, lookAlikesSame }: MakerRates): string {
  return [
    'Makers',
    `  recall of variants   micro ${cell(recall, 'micro')} macro ${cell(recall, 'macro')} (${recall.cases} variants)`,
    `  false alarm          micro ${cell(falseAlarm, 'micro')} macro ${cell(falseAlarm, 'macro')} (${falseAlarm.cases} names left out)`,
    `  look-alike pairs taken for the same: ${lookAlikesSame}`,
  ].join('\n');
}
