/**
 * Aborted with the signal, or after the time, whatever comes first.
 * By a timer of our own: Node 20 may collect a timeout that only `AbortSignal.any` knows, and it then never fires.
 * @param what ended, for the reason of the abort
 */
export function withTimeLimit(signal: AbortSignal, ms: number, what: string): AbortSignal {
  const either = new AbortController();
  const timer = setTimeout(() => either.abort(new DOMException(`${what} ended by its timeout`, 'TimeoutError')), ms).unref();
  const end = () => {
    clearTimeout(timer);
    either.abort(signal.reason);
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return either.signal;
}
