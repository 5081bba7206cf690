/**
 * Commands that are struck at moments which a seed chooses: engine, supervisor or both are killed,
 * the server is stopped without mercy, its sessions are ended. Database, record, journal and files
 * agree afterwards, and the next commands say what is and go on. A few of them in each test run;
 * `npm run test:faults` makes hundreds.
 */

import { appendFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
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

const places = databases.map((database) => ({ ...database, trials: new Trials(database) }));
afterAll(() => Promise.all(places.map(({ trials }) => trials[Symbol.asyncDispose]())));

const faultsOn = {
  sqlite: faults(count, seed, false),
  postgresql: faults(count, seed, true),
};

// In turns, so that half of them is half of each database's.
const all = Array.from({ length: count }, (_, at) => at).flatMap((at) =>
  places.flatMap(({ label, driver, trials }) => {
    const fault = faultsOn[driver][at];
    const number = at + 1;
    if (!fault || (only !== 0 && number !== only)) return [];
    return [{ title: `${label} ${number}: ${faultWords(fault)}`, label, trials, fault, number }];
  }),
);

test.each(all)(
  '$title',
  async ({ label, trials, fault, number }) => {
    const { operation, variant } = fault;
    const { strikes, wrong } = await trials.run(fault).catch((error) => {
      // Vitest tells of it at the end of all, hours later.
      const line = { label, seed, number, operation, variant, broken: String(error) };
      if (log) appendFileSync(log, `${JSON.stringify(line)}\n`);
      throw error;
    });
    for (const strike of log ? strikes : []) {
      const line = { label, seed, number, operation, variant, ...strike, wrong };
      appendFileSync(log ?? '', `${JSON.stringify(line)}\n`);
    }
    expect(wrong, strikes.map(({ key, nth }) => `${key} (${nth})`).join(', ')).toEqual([]);
  },
  PATIENCE_MS,
);
