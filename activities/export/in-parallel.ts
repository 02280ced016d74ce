/** Requests of one step under way at a time: more writers gain little and other tools share the account. */
const writers = 4;
/** More than writers: while some wait for IT Glue, the others read and note what comes before and after. */
const lanes = 2 * writers;

/**
 * Runs `work` on all items, a few at a time. All that began end before the first error is thrown on.
 * @param ended is told after each item, as long as some have not begun
 */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>, { atOnce = lanes, ended = () => undefined }: { atOnce?: number; ended?: () => void } = {}): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      try {
        await work(item);
        if (queue.length > 0) ended();
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
}

/** Waits until a request may be under way, first come first served. @returns what ends its turn */
export type Turns = () => Promise<() => void>;

/** Lets a few requests be under way at a time. */
export function turnsOf(most = writers): Turns {
  let free = most;
  const waiting: (() => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return leave;
  };
}
