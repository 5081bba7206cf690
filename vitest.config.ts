import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: 'test/kit/postgresql-server.ts',
    include: ['test/**/*.test.{ts,tsx}'],
    // Real databases, processes and terminals take their time on a small machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
