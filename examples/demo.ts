/**
 * The main job as a story: `npx tsx examples/demo.ts [--json FILE] [--stack DIR] [--keep]`.
 * Plays on a running stack (the one in DIR, else the one in .data), else on one of its own in a temporary folder.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readSample } from './compare.js';
import { Narrator } from './demo/narrator.js';
import { findOrStartStack, type StackAddress } from './demo/stack.js';
import { play } from './demo/story.js';

const usage = `Usage: npm run demo -- [--json FILE] [--stack DIR] [--keep]
  --json FILE  write a summary of the run
  --stack DIR  play on the stack that runs on this data folder
  --keep       leave the downloads, and the data of a stack that was started for the demo`;

function readArguments() {
  try {
    const options = { json: { type: 'string' }, stack: { type: 'string' }, keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}.\n${usage}`);
    process.exit(2);
  }
}

async function main(): Promise<number> {
  const values = readArguments();
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const narrator = new Narrator();
  const sample = await readSample(path.join(import.meta.dirname, 'cascadia-dental'));
  narrator.heading('Client Onboarder: a new client, from the first form to the purge, over the REST API');
  const stack = await findOrStartStack(values.stack, (line) => narrator.line(line));
  const downloads = await mkdtemp(path.join(tmpdir(), 'client-onboarder-downloads-'));
  let ending: Promise<void> | undefined;
  const end = () => (ending ??= tidyUp(stack, downloads, values.keep ? 'keep' : 'remove'));
  const onSignal = () => void end().then(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    narrator.line(`stack: ${stack.apiUrl} (${stack.origin})`);
    const summary = await play({ stack, sample, folder: downloads, narrator });
    if (values.json) await writeFile(values.json, `${JSON.stringify(summary, null, 2)}\n`);
    narrator.heading(
      summary.mismatches.length === 0
        ? `\nDone in ${summary.seconds} s: nothing missing, nothing doubled, nothing left behind.`
        : `\nDone in ${summary.seconds} s with ${summary.mismatches.length} mismatches.`,
    );
    if (values.keep) narrator.line(`downloads: ${downloads}`);
    return summary.mismatches.length === 0 ? 0 : 1;
  } finally {
    await end();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

async function tidyUp(stack: StackAddress, downloads: string, data: 'keep' | 'remove'): Promise<void> {
  await stack.end(data);
  if (data === 'remove') await rm(downloads, { recursive: true, force: true });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`\nThe demo stopped: ${error instanceof Error ? error.message : 'unknown error'}`);
  process.exitCode = 1;
}
