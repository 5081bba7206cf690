/** A part of `npm run test:truth`, always the same; and all that it found before. */

import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';
import { runProgram } from '../kit/program.ts';
import { kindOf } from './compare.ts';
import { KEPT } from './kept.ts';
import { expectations } from './oracle.ts';
import { SqliteWorld } from './sqlite.ts';

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
    // How far it is goes to stderr.
    expect(stderr + stdout).toMatch(/disagreements: none\n$/);
  }, 300_000);

  test('are what another client finds, where they were not once', async () => {
    const { stdout, stderr } = await judged(['--kept']);
    expect(stderr + stdout).toMatch(/disagreements: none\n$/);
  }, 300_000);
});

describe('a wrong answer', () => {
  const losing = KEPT.filter(({ driver, verdict }) => driver === 'sqlite' && verdict === 'hazards');
  const expectedOf = async (made: (typeof losing)[number]) => {
    using world = new SqliteWorld(made);
    const expected = (await expectations(world, made)).revisions.at(-1);
    if (!expected) throw new Error('It has no revision.');
    return expected;
  };
  const clean = { verdict: 'clean', findings: [], rowsLost: 0 } as const;

  test.each(losing)('that says “clean” is seen: $label', async (made) => {
    const expected = await expectedOf(made);
    expect(kindOf(expected, clean)).toBe('clean instead of hazards');
  });

  test('that counts too few rows is seen', async () => {
    const made = losing.find(({ label }) => label.includes('deleted by name'));
    if (!made) throw new Error('It is not there.');
    const expected = await expectedOf(made);
    const findings = [{ kind: 'rows-lost', severity: 'hazard' }] as const;
    const few = { ...clean, findings, verdict: 'hazards' } as const;
    expect(expected.rowsLost).toBe(1);
    expect(kindOf(expected, few)).toBe('another number of rows lost');
    expect(kindOf(expected, { ...few, rowsLost: 1 })).toBeNull();
  });
});
