import { v7 } from 'uuid';
import { passingRandom } from './random.js';

/** A new id: a UUID that sorts by time (RFC 9562 version 7). Never a secret. */
export const newId = (): string => v7({ random: passingRandom(16) });
