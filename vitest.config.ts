import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { memoryFolder } from './test/kit/memory-folder.ts';

// Also for the global setup, which is run in this process.
process.env.TMPDIR ??= memoryFolder() ?? tmpdir();

export default defineConfig({
  test: {
    globalSetup: 'test/kit/postgresql-server.ts',
    include: ['test/**/*.test.{ts,tsx}'],
    // Real databases, processes and terminals take their time on a small machine.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    // Hundreds of processes load the same code.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'handrail-test-compile-cache') },
    pool: 'forks',
    maxWorkers: 2,
  },
});
