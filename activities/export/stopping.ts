import type { Context } from '@temporalio/activity';
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
  return { stop: context.info.isLocal ? limited(cancellationSignal) : cancellationSignal, cut: cut.signal };
}

/** Aborted with the signal, or when the time of inline work is over. By a timer of our own: Node 20 may collect a timeout that only `AbortSignal.any` knows. */
function limited(signal: AbortSignal): AbortSignal {
  const either = new AbortController();
  const timer = setTimeout(() => either.abort(new DOMException('Inline work ended by its timeout', 'TimeoutError')), inlineMs).unref();
  const end = () => {
    clearTimeout(timer);
    either.abort(signal.reason);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return either.signal;
}

function isByPerson({ cancellationDetails: details }: Context): boolean {
  return details?.cancelRequested === true && !details.workerShutdown && !details.timedOut && !details.notFound;
}
