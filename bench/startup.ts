import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTemporalCli } from '../local/temporal-binaries.js';
import { inTurns, measureOf } from './main/measure.js';
import { plainEnvironment, withFolder } from './main/stack.js';
import { machine, type BenchResult } from './result.js';
import { npmStart } from './startup/npm-start.js';
import { temporalAlone } from './startup/temporal-alone.js';

const ROUNDS = 7;

/**
 * Seconds from `npm start` on a folder that exists to the line that says ready, beside those of the Temporal dev server
 * with the same options and a database of its own, from its start to its first SERVING.
 */
export async function run(): Promise<BenchResult> {
  return withFolder(async (folder) => {
    const env = plainEnvironment();
    const cli = await findTemporalCli((line) => console.error(line), { env });
    const ours = () => npmStart(join(folder, 'stack'), env);
    const alone = join(folder, 'alone');
    mkdirSync(alone);
    const baseline = () => temporalAlone(alone, cli, env);
    // The first of each makes what a warm start finds: data, keys, compiled sources.
    await ours();
    await baseline();
    const rounds = await inTurns(ROUNDS, ours, baseline);
    return { name: 'startup', machine: machine(), measures: [measureOf('warm npm start to ready', 's', rounds, null)] };
  });
}
