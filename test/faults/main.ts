/**
 * `npm run faults -- --runs N --seed S --json FILE`: exports N clients through a whole stack while IT Glue and the stack's own
 * parts fail, and compares each account with its source. A round exports a few clients together; its seed alone says what
 * happens in it, and `--runs 4 --seed <that seed>` plays it again.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { endingWith, endOnInterrupt } from '../../bench/main/interrupt.js';
import { planRound } from './plan.js';
import { playRound, type RoundResult } from './round.js';
import { openScenery } from './scenery.js';

/** Clients of one round, which are exported at the same time. */
const together = 4;
const usage = 'Usage: npm run faults -- [--runs N] [--seed S] [--json FILE]';

function readArguments(): { runs: number; seed: number; file: string | undefined } {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '8' }, seed: { type: 'string', default: '1' }, json: { type: 'string' } } });
  const whole = (name: 'runs' | 'seed', most: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} must be a whole number from 1 to ${most}`);
    return value;
  };
  return { runs: whole('runs', 100_000), seed: whole('seed', 1_000_000), file: values.json };
}

function line({ seed, clients, records, seconds, faults, kills, wrong }: RoundResult): string {
  const hit = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const cells = [seed, clients, records, hit, kills.join('+') || '-', `${seconds} s`, wrong.length === 0 ? 'good' : `${wrong.length} WRONG`];
  return cells.map((cell, index) => String(cell).padStart([6, 8, 8, 7, 18, 7, 9][index]!)).join(' ');
}

async function main(): Promise<number> {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments();
  } catch (error) {
    console.error(`${(error as Error).message}. ${usage}`);
    return 1;
  }
  const { runs, seed, file } = asked;
  const scenery = await openScenery((text) => console.error(text));
  const results: RoundResult[] = [];
  let leaks: string[] = [];
  const save = async () => {
    if (file !== undefined) await writeFile(file, `${JSON.stringify({ runs, seed, together, leaks, rounds: results }, null, 2)}\n`);
  };
  return endingWith(scenery.close, async () => {
    console.log('  seed  clients  records  faults             killed    time    result');
    for (let round = 0, left = runs; left > 0; round += 1, left -= together) {
      const result = await playRound(scenery, planRound(seed + round, Math.min(together, left)));
      results.push(result);
      console.log(line(result));
      for (const sentence of result.wrong.slice(0, 10)) console.log(`        ${sentence}`);
      // A campaign that is ended early has its figures all the same.
      await save();
    }
    leaks = await scenery.leaks();
    await save();
    return conclude(results, leaks);
  });
}

function conclude(results: readonly RoundResult[], leaks: readonly string[]): number {
  const bad = results.filter((one) => one.wrong.length > 0);
  const sum = (pick: (one: RoundResult) => number) => results.reduce((total, one) => total + pick(one), 0);
  const faults = sum((one) => Object.values(one.faults).reduce((total, count) => total + count, 0));
  console.log(`${sum((one) => one.clients)} exports, ${sum((one) => one.records)} records, ${faults} faults, ${sum((one) => one.kills.length)} parts killed: ${bad.length} bad rounds, ${leaks.length} logs with a secret`);
  for (const { seed: failing } of bad) console.log(`Again: npm run faults -- --runs ${together} --seed ${failing}`);
  for (const name of leaks) console.log(`A secret is in ${name}`);
  return bad.length + leaks.length === 0 ? 0 : 1;
}

endOnInterrupt();
process.exitCode = await main();
