/**
 * `npm run faults -- --runs N --seed S --json FILE`: exports N clients through a whole stack while IT Glue and the stack's own
 * parts fail, and compares each account with its source. Run number n has the seed S + n - 1, which alone says what client it
 * is, what faults it brings, and what is done to the stack; up to 32 runs are played at the same time.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { endingWith, endOnInterrupt } from '../../bench/main/interrupt.js';
import { planRounds } from './plan.js';
import { playRound, sumUp, type RoundResult } from './round.js';
import { openCampaignStack } from './stack.js';

const usage = 'Usage: npm run faults -- [--runs N] [--seed S] [--json FILE]';
const shownProblems = 20;

function readArguments(): { runs: number; seed: number; file: string | undefined } {
  const { values } = parseArgs({ options: { runs: { type: 'string', default: '32' }, seed: { type: 'string', default: '1' }, json: { type: 'string' } } });
  const whole = (name: 'runs' | 'seed', most: number) => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} must be a whole number from 1 to ${most}`);
    return value;
  };
  return { runs: whole('runs', 100_000), seed: whole('seed', 1_000_000), file: values.json };
}

const columns = [7, 5, 8, 9, 7, 9, 8];
const row = (cells: readonly (string | number)[]) => cells.map((cell, index) => String(cell).padStart(columns[index] ?? 0)).join(' ');
const total = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((sum, count) => sum + count, 0);
const listed = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => `${name} ${count}`).join(', ') || 'none';

function line({ seed, runs, records, requests, seconds, faults, blows, wrong }: RoundResult): string {
  const took = Math.round(seconds.entered + seconds.exported + seconds.compared);
  return `${row([seed, runs, records, requests, total(faults), `${took} s`, wrong.length === 0 ? 'good' : `${wrong.length} WRONG`])}  ${listed(blows)}`;
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
  const stack = await openCampaignStack((text) => console.error(text));
  const results: RoundResult[] = [];
  let leaks: string[] = [];
  const save = async () => {
    if (file !== undefined) await writeFile(file, `${JSON.stringify({ seed, runs: results.reduce((sum, one) => sum + one.runs, 0), leaks, rounds: results }, null, 2)}\n`);
  };
  return endingWith(stack.close, async () => {
    console.log(`${row(['seed', 'runs', 'records', 'requests', 'faults', 'time', 'result'])}  done to the stack`);
    for (const plan of planRounds(seed, runs)) {
      const result = await playRound(stack, plan);
      results.push(result);
      console.log(line(result));
      for (const { seed: failing, what } of result.wrong.slice(0, shownProblems)) console.log(`        run ${failing}: ${what}`);
      // A campaign that is ended early has its figures all the same.
      await save();
    }
    leaks = await stack.leaks();
    await save();
    return conclude(results, leaks);
  });
}

function conclude(results: readonly RoundResult[], leaks: readonly string[]): number {
  const sum = (pick: (one: RoundResult) => number) => results.reduce((whole, one) => whole + pick(one), 0);
  console.log(`\n${sum((one) => one.runs)} exports, ${sum((one) => one.records)} records, ${sum((one) => one.requests)} requests`);
  console.log(`Faults: ${listed(sumUp(results.map((one) => one.faults)))}`);
  console.log(`Done to the stack: ${listed(sumUp(results.map((one) => one.blows)))}`);
  console.log(`Waited for a person: ${listed(sumUp(results.map((one) => one.blocks)))}`);
  const bad = results.filter((one) => one.wrong.length > 0);
  console.log(`${bad.length} bad rounds; files with a secret: ${leaks.join(', ') || 'none'}`);
  for (const { seed, runs, wrong } of bad) {
    console.log(`Again, the same plan: npm run faults -- --runs ${runs} --seed ${seed}`);
    for (const failing of new Set(wrong.map((one) => one.seed))) console.log(`       this run alone: npm run faults -- --runs 1 --seed ${failing}`);
  }
  if (bad.length > 0) console.log('A plan is the same each time; which request of several under way comes first is not, so a rare interleaving may need several tries.');
  return bad.length + leaks.length === 0 ? 0 : 1;
}

endOnInterrupt();
process.exitCode = await main();
