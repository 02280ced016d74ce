/** Requests of one step under way at a time: more writers gain little and other tools share the account. */
const writers = 4;

/** Runs `work` on all items, a few at a time. All that began end before the first error is thrown on. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>, atOnce = writers): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
}
