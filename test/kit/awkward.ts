/** Revisions that go wrong, or behave in ways that their runner has to bear. */

import { createTable, numbersTo } from './builders.ts';
import type { Revision, Step } from './revisions.ts';

/** Succeeds with a table and a row, then fails: nothing of it may stay. */
export function failing(
  label: string,
  statement = 'insert into "no_such_table" ("id") values (1);',
): Revision {
  return {
    label,
    up: [
      `create table "${label}" ("id" integer not null primary key);`,
      `insert into "${label}" ("id") values (1);`,
      statement,
    ],
    down: [`drop table "${label}";`],
  };
}

/** Goes up; fails half way down. */
export function failingDown(label: string): Revision {
  return {
    ...createTable(label, label),
    down: [`drop table "${label}";`, 'drop table "nothing";'],
  };
}

/** One statement that takes so many seconds, or about as many where the database can't wait. */
export function slow(label: string, seconds = 60): Revision {
  return {
    label,
    up: [
      `create table "${label}" ("id" integer not null primary key);`,
      {
        sqlite: `insert into "${label}" ("id") ${numbersTo(seconds * 5_000_000)} select max("i") from "n";`,
        postgresql: `insert into "${label}" ("id") select 1 from pg_sleep(${seconds});`,
      },
    ],
    down: [`drop table "${label}";`],
  };
}

/** Prints in every way there is, escape sequences that would wreck a screen among it. */
export function printing(label: string): Revision {
  return {
    label,
    before: `console.log('printed while loading ${label}');`,
    up: [
      {
        code: [
          `console.log('printed to stdout', { by: '${label}' });`,
          `console.error('printed to stderr');`,
          String.raw`process.stdout.write('\x1b[2J\x1b[H\x1b[31mcleared the screen\x1b[?1049l\x07');`,
          `process.stdout.write('no newline at the end');`,
        ].join('\n'),
      },
      `create table "${label}" ("id" integer not null primary key);`,
    ],
    down: [{ code: `console.log('printed on the way down');` }, `drop table "${label}";`],
  };
}

/** Throws any expression: `throwing('x', "'a text'")`, `throwing('x', 'undefined')`. */
export function throwing(label: string, expression: string): Revision {
  return {
    label,
    up: [
      { code: `await this.execute('create table "${label}" ("id" integer)');` },
      { code: `throw ${expression};` },
    ],
    down: [],
  };
}

/** Ends the process in the middle of its work. */
export function exits(label: string, status = 3): Revision {
  return {
    label,
    up: [
      { code: `await this.execute('create table "${label}" ("id" integer)');` },
      { code: `process.exit(${status});` },
    ],
    down: [],
  };
}

/** Waits for something that never comes, without anything that keeps the process alive. */
export function neverEnds(label: string): Revision {
  return { label, up: [{ code: 'await new Promise(() => {});' }], down: [] };
}

/** A file that can't be parsed. */
export function brokenSyntax(label: string): Revision {
  return file(label, `export class Broken {\n  async up( {\n    return 1;\n  }\n}\n`);
}

/** A file that fails while it is loaded. */
export function failsToLoad(label: string): Revision {
  return file(label, `throw new Error('this file cannot be loaded');\n`);
}

/** A file that exports no class. */
export function noClass(label: string): Revision {
  return file(label, 'export const nothing = 1;\n');
}

/**
 * Exports more than the class. MikroORM takes the first function by name: with `helperFirst` that
 * is the wrong one.
 */
export function multiExports(label: string, options: { helperFirst?: boolean } = {}): Revision {
  const name = options.helperFirst ? 'AHelper' : 'zHelper';
  return {
    ...createTable(label, label),
    before: 'export const aConstant = { not: "a migration" };',
    after: `export function ${name}() {\n  return 'help';\n}`,
  };
}

/** Any number of statements, for a log of any length. */
export function chatty(label: string, statements: number): Revision {
  const insert: Step = {
    code: [
      `for (let at = 0; at < ${statements}; at++) {`,
      `  await this.execute('insert into "${label}" ("id") values (?)', [at]);`,
      '}',
    ].join('\n'),
  };
  return {
    label,
    up: [
      { code: `await this.execute('create table "${label}" ("id" integer not null)');` },
      insert,
    ],
    down: [`drop table "${label}";`],
  };
}

function file(label: string, source: string): Revision {
  return { label, up: [], source };
}
