import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../local/part-specs.js';
import { endingWith } from './interrupt.js';

const READY_MS = 60_000;

/**
 * Runs a baseline as a process of its own, as the product's parts are: `work` gets what it said in its `READY {...}` line.
 * It ends when its standard input does, so none outlives the bench.
 */
export async function withBaseline<T>(entry: string, env: Readonly<Record<string, string>>, work: (ready: Record<string, string>) => Promise<T>): Promise<T> {
  const child = spawn(process.execPath, [join(root, 'local/run.mjs'), entry], { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const end = async () => {
    child.stdin.end();
    await ended;
  };
  return endingWith(end, async () => {
    const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
    const ready = new Promise<Record<string, string>>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line.startsWith('READY ')) resolve(JSON.parse(line.slice(6)) as Record<string, string>);
      });
      ended.then(() => reject(new Error(`The baseline ${entry} ended before it was ready`)), reject);
    });
    const said = await ready.finally(() => clearTimeout(late));
    return work(said);
  });
}

/** For the baseline itself: says that it is ready, and resolves when it shall end. */
export async function untilToldToEnd(ready: Readonly<Record<string, string>>): Promise<void> {
  process.stdout.write(`READY ${JSON.stringify(ready)}\n`);
  process.stdin.resume();
  await once(process.stdin, 'end');
}
