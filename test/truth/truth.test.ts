/** A part of `npm run test:truth`, always the same; and all that it found before. */

import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { runProgram } from '../kit/program.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

describe.each([
  { database: 'sqlite', count: 40 },
  { database: 'postgresql', count: 10 },
])('verdicts on $database', ({ database, count }) => {
  const judged = (args: readonly string[]) =>
    runProgram(process.execPath, [main, '--database', database, ...args], {
      env: { HANDRAIL_TEST_POSTGRES_URL: inject('postgresUrl') },
      timeout: 300_000,
    });

  test('are what another client finds, of revisions as people write them', async () => {
    const { stdout, stderr } = await judged(['--count', String(count), '--seed', '20261130']);
    expect(stdout + stderr).toMatch(/disagreements: none\n$/);
  }, 300_000);

  test('are what another client finds, where they were not once', async () => {
    const { stdout, stderr } = await judged(['--kept']);
    expect(stdout + stderr).toMatch(/disagreements: none\n$/);
  }, 300_000);
});
