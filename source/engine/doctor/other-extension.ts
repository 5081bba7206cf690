import { flagged, remedy } from './check.ts';

export const otherExtension = flagged('other-extension', ({ name, recordedAs }, { table }) => ({
  severity: 'hazard',
  what: `${name} is recorded as ${recordedAs}.`,
  why: 'MikroORM does not match that to the file, and would run it again.',
  facts: [],
  remedies: [
    remedy('Give the file the extension back that it had when it was run.'),
    remedy('Or record it by the name that MikroORM looks for.', {
      statements: [
        `update ${table} set name = ${text(name)} where name = ${text(recordedAs ?? '')};`,
      ],
    }),
  ],
}));

/** The same in every SQL. */
function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
