import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { ItGlueError } from '../it-glue/index.js';
import { Refusal, type BlockReason } from '../store/index.js';
import { failureTypes } from '../workflows/contract.js';

/** Ends an export step for good: a person must do something first. */
export class Blocked extends Error {
  override name = 'Blocked';
  /** @param progress what was done so far, for whoever reads the workflow's history */
  constructor(
    readonly reason: BlockReason,
    readonly progress?: unknown,
  ) {
    super(`The export needs a person: ${reason}`);
  }
}

/** After so many attempts (half a minute) a page in the place of an answer is believed: what was addressed is gone. */
const pageAttempts = 6;

/** Most faults that a refused decision names. */
const mostFaults = 100;

/**
 * The one place where errors become Temporal failures. Known outcomes get their type and are not retried; a rate limit says
 * when to come back; everything else is passed on and retried. No message carries data of a client.
 */
export function toFailure(error: unknown, attempt: number): unknown {
  if (error instanceof Refusal) {
    return ApplicationFailure.create({ type: failureTypes.refused, message: error.message, nonRetryable: true, details: [error.code, error.message, namedFaults(error)] });
  }
  if (error instanceof Blocked) return blocked(error.reason, error.progress);
  if (!(error instanceof ItGlueError)) return error;
  if (error.isStrayPage && attempt < pageAttempts) return ApplicationFailure.create({ type: 'ItGlue.notFound', message: error.message });
  switch (error.kind) {
    case 'badKey':
      return blocked('key_refused');
    case 'noAccess':
    case 'notFound':
      return blocked('no_access');
    case 'rateLimited':
      return ApplicationFailure.create({
        type: 'ItGlueRateLimited',
        message: error.message,
        nextRetryDelay: error.retryAfterMs ?? 60_000,
        category: 'BENIGN',
      });
    case 'invalid':
    case 'tooLarge':
    case 'busy':
    case 'unknownOutcome':
      return ApplicationFailure.create({ type: `ItGlue.${error.kind}`, message: error.message });
  }
}

/** Names of fields and our own words, nothing of what was typed. */
const namedFaults = ({ problems }: Refusal) => problems.slice(0, mostFaults).map(({ field, message }) => ({ field, message }));

function blocked(reason: BlockReason, progress?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.blocked,
    message: `The export needs a person: ${reason}`,
    nonRetryable: true,
    details: progress === undefined ? [reason] : [reason, progress],
  });
}

type Activity = (...args: never[]) => Promise<unknown>;

/** Wraps every activity so that its errors leave as Temporal failures. */
export function withFailures<A extends Record<string, Activity>>(activities: A): A {
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (...args: never[]) => {
        try {
          return await activity(...args);
        } catch (error) {
          throw toFailure(error, Context.current().info.attempt);
        }
      },
    ]),
  ) as A;
}
