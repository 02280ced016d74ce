/** Small exports run inside their workflow's task (workflows/it-glue-export.ts), which they may hold up for a moment only. */
import type { Context } from '@temporalio/activity';

/** Records that are created within a few seconds where nothing goes wrong. */
export const mostRecordsInline = 1_500;
/** From then on nothing new is begun; what is left is done by activities of its own. A person who stops the export waits as long at most. */
export const inlineMs = 5_000;
/** Few enough that people's decisions always find room in the same worker. */
const mostAtOnce = 10;

/** Counts the exports that run inline in one process. */
export class InlineSteps {
  #running = 0;

  /** @throws at once, when too many run already */
  async run<T>(context: Context, step: () => Promise<T>): Promise<T> {
    if (!context.info.isLocal) return step();
    if (this.#running >= mostAtOnce) throw new Error('Too many exports run inside their workflows: this one goes on as an activity');
    this.#running += 1;
    try {
      return await step();
    } finally {
      this.#running -= 1;
    }
  }
}
