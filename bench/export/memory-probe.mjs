// Loaded into every process of the stack by NODE_OPTIONS; acts in the worker's main thread alone, where it notes what the
// process and its heap hold.
import { appendFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.BENCH_MEMORY_FILE;
if (file && isMainThread && process.argv.includes('worker/main.ts')) {
  setInterval(() => {
    const { rss, heapUsed, external } = process.memoryUsage();
    appendFileSync(file, `${JSON.stringify({ at: Date.now(), rss, heap: heapUsed + external })}\n`);
  }, 100).unref();
}
