import { defineConfig } from 'vitest/config';

/** `npm run test:servers`: the product against real servers and programs. Apart from the other tests, because it needs PostgreSQL, LibreOffice and 7-Zip installed, and builds a Vault server. */
export default defineConfig({
  test: {
    include: ['test/servers/**/*.test.ts'],
    // An export through the death of a worker, with retention and purge after it.
    testTimeout: 300_000,
    // A first build of Temporal takes minutes on a slow machine.
    hookTimeout: 900_000,
    pool: 'forks',
    fileParallelism: false,
    // Each test of the file goes on with the servers of the one before.
    bail: 1,
  },
});
