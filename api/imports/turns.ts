import { Problem } from '../problem.js';

/** Lets a few pieces of heavy work run at once, a few more wait, and turns the rest away. */
export class Turns {
  private running = 0;
  private readonly line: (() => void)[] = [];

  constructor(private readonly most: { running: number; waiting: number }) {}

  /** @throws {Problem} 503 `busy` when the line is full */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.most.running) {
      if (this.line.length >= this.most.waiting) throw new Problem('busy', 'Too many files are being read at the moment; try again', { retryAfter: 5 });
      await new Promise<void>((resolve) => this.line.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.line.shift();
      // The place passes on to the next in line; only without one it becomes free.
      if (next) next();
      else this.running -= 1;
    }
  }
}
