import { v7 } from 'uuid';
import { passingRandom } from './random.js';

/** Of the newest id: its millisecond and its place within it. */
let newest = { msecs: 0, seq: 0 };

/**
 * A new id: a UUID that sorts by time (RFC 9562 version 7), those of one process in the order in which they were made also
 * within a millisecond. Never a secret.
 */
export function newId(): string {
  const random = passingRandom(16);
  // The first of a millisecond begins anywhere in the lower half of the counter's 32 bits: there is room above it.
  newest = Date.now() > newest.msecs ? { msecs: Date.now(), seq: random.readUInt32BE(0) >>> 1 } : { msecs: newest.msecs, seq: newest.seq + 1 };
  return v7({ random, ...newest });
}
