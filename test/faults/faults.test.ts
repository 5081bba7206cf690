/**
 * Processes that are killed, and sessions that are ended, at moments that a seed chooses: database,
 * record and journal agree afterwards, and the next command goes on. A few of them in each test run;
 * `npm run test:faults` makes hundreds.
 */

import { describe, expect, test } from 'vitest';
import { databases } from '../kit/databases.ts';
import { type Fault, faults, faultWords } from './moment.ts';
import { struck, unharmed } from './trial.ts';

const count = Number(process.env.HANDRAIL_FAULTS ?? 2);
const seed = Number(process.env.HANDRAIL_FAULTS_SEED ?? 7);

describe.each(databases)('faults on $label', (database) => {
  const times = new Map<Fault['operation'], Promise<number>>();
  const timeOf = (operation: Fault['operation']) => {
    const known = times.get(operation) ?? unharmed(database, operation);
    times.set(operation, known);
    return known;
  };

  test.each(
    faults(count, seed, database.driver === 'postgresql').map((fault, at) => ({
      fault,
      title: `${at + 1}: ${faultWords(fault)}`,
    })),
  )('$title', async ({ fault }) => {
    expect(await struck(database, fault, await timeOf(fault.operation))).toEqual([]);
  });
});
