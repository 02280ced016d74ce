import { setFlagsFromString } from 'node:v8';

/**
 * By how much the heap may grow beyond what is in use before it is cleared. Left to itself V8 waits for a multiple: a first import
 * of 100,000 rows then takes some 60 MB more, for a little less processor time.
 */
const growingPercent = 60;

let working = 0;

/** Runs work that makes much garbage with a heap that is cleared early, at the cost of some time. */
export async function inLittleMemory<T>(work: () => Promise<T>): Promise<T> {
  working += 1;
  if (working === 1) setFlagsFromString(`--heap-growing-percent=${growingPercent}`);
  try {
    return await work();
  } finally {
    working -= 1;
    // 0 gives the choice back to V8.
    if (working === 0) setFlagsFromString('--heap-growing-percent=0');
  }
}
