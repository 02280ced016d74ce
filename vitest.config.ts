import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/servers/**'],
    // A condition is waited for as long as a busy machine may need; a test that holds ends at once.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Files start servers of their own (PostgreSQL, Temporal, whole stacks): more than two at a time only wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
