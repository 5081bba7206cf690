/**
 * What fast-check chooses: small numbers that the writers of schemas and revisions make statements
 * of. The smaller a number, the plainer what it stands for, so that counterexamples shrink.
 */

import fc from 'fast-check';

const small = fc.nat({ max: 11 });
/** Mostly 0: what few tables have. */
const seldom = (max: number) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max }) });

const link = fc.record({
  to: small,
  onDelete: small,
  onUpdate: seldom(5),
  required: fc.boolean(),
  deferred: fc.boolean(),
});

const tableShape = fc.record({
  key: seldom(3),
  withoutRowid: fc.boolean(),
  strict: fc.boolean(),
  /** Payload columns, by their kind. */
  columns: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 3 }),
  links: fc.array(link, { maxLength: 2 }),
  rows: fc.array(fc.nat({ max: 999 }), { maxLength: 5 }),
  generated: seldom(2),
  index: seldom(3),
  trigger: seldom(6),
  view: seldom(1),
});
export type TableShape = typeof tableShape extends fc.Arbitrary<infer T> ? T : never;

const change = fc.record({
  kind: fc.nat({ max: 999 }),
  table: small,
  /** What else there is to choose. */
  a: small,
  b: small,
  c: small,
});
export type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

const revisionShape = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 4 }),
  down: fc.nat({ max: 5 }),
});
export type RevisionShape = typeof revisionShape extends fc.Arbitrary<infer T> ? T : never;

export const shape = fc.record({
  tables: fc.array(tableShape, { minLength: 1, maxLength: 4 }),
  revisions: fc.oneof(
    { weight: 3, arbitrary: fc.array(revisionShape, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(revisionShape, { minLength: 2, maxLength: 3 }) },
  ),
  apart: fc.oneof(
    { weight: 3, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.boolean() },
  ),
});
export type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;
