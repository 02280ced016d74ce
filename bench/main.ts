/** `npm run bench`: lists the benchmarks; `npm run bench -- NAME --json FILE` runs one, prints its figures and writes them. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { endOnInterrupt } from './main/interrupt.js';
import { figures } from './main/table.js';
import type { BenchResult } from './result.js';

interface Bench {
  /** What it measures, against what. */
  readonly about: string;
  /** Loads the bench only when it is run: a list must not load Temporal. */
  readonly load: () => Promise<{ run(): Promise<BenchResult> }>;
}

const benches: Readonly<Record<string, Bench>> = {
  startup: { about: 'warm `npm start` to ready, against the Temporal dev server alone', load: () => import('./startup.js') },
  api: { about: 'list of 1,000 clients and save of a record, against a bare Fastify + Prisma route', load: () => import('./api.js') },
  lifecycle: { about: 'decisions per second through the API, against a bare workflow with one Update and one no-op activity', load: () => import('./lifecycle.js') },
  export: { about: 'exports of three sizes: requests, time, memory and history, against the least possible and a plain script', load: () => import('./export.js') },
  download: { about: 'downloads of 100,000 rows: time and memory, against the bare streaming writer of exceljs', load: () => import('./download.js') },
  import: { about: 'import of 100,000 rows: time, memory and what others notice, against the bare parser with a bulk insert', load: () => import('./import.js') },
  retention: { about: '10,000 clients in retention: memory of the worker, 1,000 removals within a minute, and decisions of others meanwhile', load: () => import('./retention.js') },
  spelling: { about: 'makes and models told apart, against plain matching', load: () => import('./spelling.js') },
};

const usage = 'Usage: npm run bench -- NAME [--json FILE]';

function list(): string {
  const width = Math.max(...Object.keys(benches).map((name) => name.length));
  return Object.entries(benches).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`).join('\n');
}

function readArguments(): { name: string | undefined; file: string | undefined } {
  const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
  if (positionals.length > 1) throw new Error('One benchmark at a time');
  if (positionals.length === 0 && values.json !== undefined) throw new Error('--json needs the name of a benchmark');
  return { name: positionals[0], file: values.json };
}

async function main(): Promise<number> {
  let asked: ReturnType<typeof readArguments>;
  try {
    asked = readArguments();
  } catch (error) {
    console.error(`${(error as Error).message.split('. ')[0]}. ${usage}`);
    return 1;
  }
  const { name, file } = asked;
  if (name === undefined) {
    console.log(`${list()}\n\n${usage}`);
    return 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) {
    console.error(`There is no benchmark "${name}". There are:\n${list()}`);
    return 1;
  }
  const { run } = await bench.load();
  const result = await run();
  console.log(figures(result));
  if (file !== undefined) await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
  return 0;
}

endOnInterrupt();
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
