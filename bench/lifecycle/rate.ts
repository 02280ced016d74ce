/** Carries out the next step of a chain; resolves when it is done. */
export type Chain = () => Promise<void>;

/** Runs the chains side by side, each one step after the other. @returns steps per second, counted to the end of the last */
export async function rateOf(chains: readonly Chain[], milliseconds: number): Promise<number> {
  const started = performance.now();
  let done = 0;
  await Promise.all(
    chains.map(async (step) => {
      while (performance.now() - started < milliseconds) {
        await step();
        done += 1;
      }
    }),
  );
  return (done * 1000) / (performance.now() - started);
}
