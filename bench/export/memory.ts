import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../local/part-specs.js';
import { median } from '../main/measure.js';

interface Sample {
  readonly at: number;
  readonly rss: number;
  readonly heap: number;
}

/** Growth of the worker process above what it held while idle, in MB (2^20 bytes). */
export interface MemoryGrowth {
  readonly rss: number;
  /** JavaScript heap and the buffers that it owns, what waits for the garbage collector included. */
  readonly heap: number;
}

/** The settings under which the parts of a stack note their memory in the file. */
export function probed(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${join(root, 'bench/export/memory-probe.mjs')}`, BENCH_MEMORY_FILE: file };
}

/** The most that was held between two moments (ms since the epoch), above the median of the two seconds before `idleUntil`. */
export async function memoryGrowth(file: string, idleUntil: number, from: number, to: number): Promise<MemoryGrowth> {
  const samples = await readSamples(file);
  const idle = samples.filter(({ at }) => at > idleUntil - 2_000 && at <= idleUntil);
  const during = samples.filter(({ at }) => at >= from && at <= to);
  const growth = (name: 'rss' | 'heap') => (Math.max(...during.map((sample) => sample[name])) - median(idle.map((sample) => sample[name]))) / 2 ** 20;
  return { rss: growth('rss'), heap: growth('heap') };
}

/** What the worker process held between two moments, as a median, in MB. */
export async function memoryOf(file: string, from: number, to: number): Promise<MemoryGrowth> {
  const during = (await readSamples(file)).filter(({ at }) => at >= from && at <= to);
  return { rss: median(during.map(({ rss }) => rss)) / 2 ** 20, heap: median(during.map(({ heap }) => heap)) / 2 ** 20 };
}

async function readSamples(file: string): Promise<Sample[]> {
  return (await readFile(file, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as Sample);
}
