/**
 * Wraps a message that says no more than "look again": while one is on its way, any number of further calls become one
 * that follows it. Never throws: whoever calls cannot do anything about it.
 */
export function coalesced(send: () => Promise<void>): () => void {
  let state: 'idle' | 'sending' | 'again' = 'idle';
  const run = async (): Promise<void> => {
    do {
      state = 'sending';
      await send().catch(() => undefined);
    } while ((state as string) === 'again');
    state = 'idle';
  };
  return () => {
    if (state === 'idle') void run();
    else state = 'again';
  };
}
