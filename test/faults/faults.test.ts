/**
 * Commands that are struck at moments which a seed chooses: engine, supervisor or both are killed,
 * the server is stopped without mercy, its sessions are ended. Database, record, journal and files
 * agree after each, the next command finds what the last one left and is struck as well, and those
 * at the end say what is and go on. A few of them in each test run; `npm run test:faults` makes
 * hundreds.
 */

import { appendFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { databases } from '../kit/databases.ts';
import { walks } from './moment.ts';
import { type Made, Trials } from './trial.ts';

const count = Number(process.env.HANDRAIL_FAULTS ?? 3);
const seed = Number(process.env.HANDRAIL_FAULTS_SEED ?? 10);
/** Of a walk that is to be made again: its number, counted from 1. */
const only = Number(process.env.HANDRAIL_FAULTS_ONLY ?? 0);
/** Of moments that alone are wanted: `continue · run · during`. */
const aim = new RegExp(process.env.HANDRAIL_FAULTS_AT ?? '');
const log = process.env.HANDRAIL_FAULTS_LOG;

/** How many strikes a walk has; more commands may be needed for them. */
const STRIKES = 12;
const TURNS = 3 * STRIKES;

/** Hundreds of processes keep a machine busy. */
const PATIENCE_MS = 3_600_000;

const places = databases.map((database) => ({ ...database, trials: new Trials(database, aim) }));
afterAll(() => Promise.all(places.map(({ trials }) => trials[Symbol.asyncDispose]())));

const numbers = Array.from({ length: Math.ceil(count / STRIKES) }, (_, at) => at + 1);
const walksOn = {
  sqlite: walks(numbers.length, TURNS, seed, false),
  postgresql: walks(numbers.length, TURNS, seed, true),
};

// In turns, so that half of them is half of each database's.
const all = numbers.flatMap((number) =>
  places.flatMap(({ label, driver, trials }) => {
    const walk = walksOn[driver][number - 1];
    if (!walk || (only !== 0 && number !== only)) return [];
    const most = Math.min(STRIKES, count - (number - 1) * STRIKES);
    return [{ title: `${label} ${number}: ${walk.kind}`, label, trials, walk, number, most }];
  }),
);

test.each(all)(
  '$title',
  async ({ label, trials, walk, number, most }) => {
    const { kind, variant } = walk;
    const where = { label, seed, number, kind, variant };
    const tell = (line: object) => {
      // Vitest tells of it at the end of all, hours later.
      const at = Math.round(performance.now());
      if (log) appendFileSync(log, `${JSON.stringify({ ...where, at, ...line })}\n`);
    };
    const made: Made[] = [];
    const trial = await trials
      .run(walk, most, (each) => {
        made.push(each);
        tell(each);
      })
      .catch((error) => {
        tell({ broken: String(error) });
        throw error;
      });
    tell(trial);
    expect(trial.wrong, JSON.stringify(made)).toEqual([]);
  },
  PATIENCE_MS,
);
