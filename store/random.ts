import { randomFillSync } from 'node:crypto';

// Filled at one go: asking the system for a few bytes at a time takes most of the time of making an id or sealing a value.
const pool = Buffer.alloc(8_192);
let used = pool.length;

/** Random bytes that are used at once and then forgotten: the next calls write over them. For nonces and ids, never for keys. */
export function passingRandom(length: number): Buffer {
  if (used + length > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}
