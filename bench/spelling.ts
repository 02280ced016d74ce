import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { machine, type BenchResult, type Measure } from './result.js';
import { loadData } from './spelling/data.js';
import { crossValidated, only, side } from './spelling/folds.js';
import { baselines, ours } from './spelling/matchers.js';
import { lookUpMakers, lookUpModels } from './spelling/measure.js';
import { modelRates, type ModelRates, type Rate } from './spelling/rates.js';
import type { Shape, Speed } from './spelling/speed.js';
import { makerRates, makerTable, modelTable } from './spelling/table.js';

const execute = promisify(execFile);

const SPEED_RUNS = 3;

/** The quickest of three runs (other work on the machine only ever slows one down) with the highest memory of all. */
async function speedOf(shape: Shape): Promise<Speed> {
  const script = fileURLToPath(new URL('spelling/speed-process.ts', import.meta.url));
  const runs: Speed[] = [];
  for (let i = 0; i < SPEED_RUNS; i += 1) {
    const { stdout } = await execute(process.execPath, ['--import', 'tsx', script, shape], { timeout: 120_000 });
    runs.push(JSON.parse(stdout) as Speed);
  }
  const least = Math.min(...runs.map(({ milliseconds }) => milliseconds));
  const most = (pick: (run: Speed) => number): number => Math.max(...runs.map(pick));
  return { milliseconds: least, grownBy: most((run) => run.grownBy), peak: most((run) => run.peak), answered: most((run) => run.answered) };
}

type Aim = { text: string; met: (value: number) => boolean };
const atLeast = (limit: number, unit: string): Aim => ({ text: `>= ${limit} ${unit}`, met: (value) => value >= limit });
const atMost = (limit: number, unit: string): Aim => ({ text: `<= ${limit} ${unit}`, met: (value) => value <= limit });

function measure(name: string, value: number, unit: string, aim: Aim | null, baseline: number | null = null): Measure {
  const ratio = baseline === null || baseline === 0 ? null : value / baseline;
  return { name, value, unit, baseline, ratio, aim: aim?.text ?? null, met: aim?.met(value) ?? null };
}

/** Micro and macro of one rate beside normalised equality, the only baseline that keeps false alarms within the aim. */
function both(name: string, value: Rate, aim: Aim | null, baseline: Rate | null): Measure[] {
  return [
    measure(`${name}, micro`, value.micro, '%', aim, baseline?.micro ?? null),
    measure(`${name}, macro`, value.macro, '%', aim, baseline?.macro ?? null),
  ];
}

function modelMeasures(prefix: string, rates: ModelRates, baseline: ModelRates | null): Measure[] {
  return [
    ...both(`${prefix}top-1`, rates.top1, null, baseline?.top1 ?? null),
    ...both(`${prefix}recall`, rates.recall, atLeast(70, '%'), baseline?.recall ?? null),
    ...both(`${prefix}wrong target`, rates.wrong, atMost(2, '%'), baseline?.wrong ?? null),
    ...both(`${prefix}false alarm`, rates.falseAlarm, atMost(5, '%'), baseline?.falseAlarm ?? null),
  ];
}

/**
 * Measures the spelling assistant on the labelled corrections, prints the table beside the baselines, and gives the figures.
 * Throws with the missing file's name when the data are not there.
 */
export async function run(): Promise<BenchResult> {
  const data = loadData();
  const own = lookUpModels(ours, data);
  const rates = modelRates(own);
  const others = baselines.map((matcher) => ({ name: matcher.name, outcomes: lookUpModels(matcher, data) }));
  const equality = others[0] ? modelRates(others[0].outcomes) : null;
  const development = modelRates(only(own, (maker) => side(maker) === 'development'));
  const validation = modelRates(only(own, (maker) => side(maker) === 'validation'));
  const heldOut = modelRates(crossValidated(own));

  console.log(modelTable('Models, each matcher at its own threshold', [[ours.name, rates], ...others.map(({ name, outcomes }) => [name, modelRates(outcomes)] as const)]));
  console.log(modelTable('Models, threshold chosen on four fifths of the makers and judged on the fifth', [
    [ours.name, heldOut],
    ...others.map(({ name, outcomes }) => [name, modelRates(crossValidated(outcomes))] as const),
  ]));
  console.log(modelTable('Models, this matcher, development half of the makers', [['development', development]]));
  console.log(modelTable('Models, this matcher, validation half of the makers', [['validation', validation]]));
  const makers = makerRates(lookUpMakers(data));
  console.log(makerTable(makers));

  const manyMakers = await speedOf('many-makers');
  const oneMaker = await speedOf('one-maker');
  for (const [name, speed] of [['200 makers', manyMakers], ['one maker', oneMaker]] as const) {
    console.log(`10,000 names against 10,000 entries of ${name}: ${(speed.milliseconds / 1000).toFixed(2)} s, memory grew by ${speed.grownBy.toFixed(0)} MB (process ${speed.peak.toFixed(0)} MB)`);
  }

  return {
    name: 'spelling',
    machine: machine(),
    measures: [
      ...modelMeasures('models: ', rates, equality),
      ...modelMeasures('models, development makers: ', development, null),
      ...modelMeasures('models, validation makers: ', validation, null),
      ...modelMeasures('models, cross-validated: ', heldOut, null),
      ...both('makers: recall of variants', makers.recall, atLeast(95, '%'), null),
      ...both('makers: false alarm', makers.falseAlarm, atMost(2, '%'), null),
      measure('makers: look-alike pairs taken for the same', makers.lookAlikesSame, 'pairs', atMost(0, 'pairs')),
      measure('time, 10,000 x 10,000, 200 makers', manyMakers.milliseconds / 1000, 's', atMost(2, 's')),
      measure('time, 10,000 x 10,000, one maker', oneMaker.milliseconds / 1000, 's', atMost(2, 's')),
      measure('process memory, 10,000 x 10,000, 200 makers', manyMakers.peak, 'MB', atMost(200, 'MB')),
      measure('process memory, 10,000 x 10,000, one maker', oneMaker.peak, 'MB', atMost(200, 'MB')),
    ],
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--json');
  const file = at < 0 ? undefined : process.argv[at + 1];
  if (at >= 0 && file === undefined) throw new Error('--json needs the name of a file');
  const result = await run();
  if (file !== undefined) await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
}
