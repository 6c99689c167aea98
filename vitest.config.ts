import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // A native crash in a thread kills the whole run; in a fork it fails one file.
    pool: 'forks',
    include: ['{core,pipeline,server,stages,models,measures,queues,fixtures,bench,tests}/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
