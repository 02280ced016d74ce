import type { Context } from '@temporalio/activity';
import { withTimeLimit } from '../time-limit.js';
import { inlineMs } from './inline.js';

/** The two ways in which a step ends before its time. */
export interface Ending {
  /** A person stops the export, or it goes on elsewhere: nothing new is sent, but what is under way ends and its outcome is found out. */
  readonly stop: AbortSignal;
  /** The worker ends or the step is another worker's now: everything under way is broken off. */
  readonly cut: AbortSignal;
}

/** Tells the cancellations of the running activity apart. */
export function endingOf(context: Context): Ending {
  const { cancellationSignal } = context;
  const cut = new AbortController();
  const end = () => {
    if (!isByPerson(context)) cut.abort(cancellationSignal.reason);
  };
  if (cancellationSignal.aborted) end();
  else cancellationSignal.addEventListener('abort', end, { once: true });
  return { stop: context.info.isLocal ? withTimeLimit(cancellationSignal, inlineMs, 'Inline work') : cancellationSignal, cut: cut.signal };
}

function isByPerson({ cancellationDetails: details }: Context): boolean {
  return details?.cancelRequested === true && !details.workerShutdown && !details.timedOut && !details.notFound;
}
