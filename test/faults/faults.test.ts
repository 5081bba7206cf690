/**
 * Commands that are struck at moments which a seed chooses: engine, supervisor or both are killed,
 * the server is stopped without mercy, its sessions are ended. Database, record, journal and files
 * agree afterwards, and the next commands say what is and go on. A few of them in each test run;
 * `npm run test:faults` makes hundreds.
 */

import { appendFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { databases } from '../kit/databases.ts';
import { faults, faultWords } from './moment.ts';
import { Trials } from './trial.ts';

const count = Number(process.env.HANDRAIL_FAULTS ?? 2);
const seed = Number(process.env.HANDRAIL_FAULTS_SEED ?? 7);
/** Of a trial that is to be made again: its number, counted from 1. */
const only = Number(process.env.HANDRAIL_FAULTS_ONLY ?? 0);
const log = process.env.HANDRAIL_FAULTS_LOG;

/** A trial is four commands or more, and hundreds of them keep a machine busy. */
const PATIENCE_MS = 900_000;

describe.each(databases)('faults on $label', (database) => {
  const trials = new Trials(database);
  afterAll(() => trials[Symbol.asyncDispose]());

  test.each(
    faults(count, seed, database.driver === 'postgresql')
      .map((fault, at) => ({ fault, number: at + 1, title: `${at + 1}: ${faultWords(fault)}` }))
      .filter(({ number }) => only === 0 || number === only),
  )(
    '$title',
    async ({ fault, number }) => {
      const { strike, struck, wrong } = await trials.run(fault);
      if (log) {
        const { label } = database;
        const { operation, variant } = fault;
        const line = { label, seed, number, operation, variant, ...strike, struck, wrong };
        appendFileSync(log, `${JSON.stringify(line)}\n`);
      }
      expect(wrong, `${strike.key} (${strike.nth})`).toEqual([]);
    },
    PATIENCE_MS,
  );
});
