/** What a person's words mean among the objects of a database. */

import { describe, expect, test } from 'vitest';
import {
  described,
  nameOf,
  type ObjectRef,
  objectsNamed,
  sameObject,
} from '../../source/contract/object-ref.ts';

const ref = (kind: ObjectRef['kind'], ...path: (string | null)[]): ObjectRef => {
  const [schema = null, table = null, name = ''] = path;
  return { kind, schema, table, name: name ?? '' };
};

const heavy = ref('view', 'public', null, 'heavy');
const elsewhere = ref('view', 'hall', null, 'heavy');
const index = ref('index', 'public', 'crate', 'by_label');
const column = ref('column', 'public', 'crate', 'label');
const quoted = ref('table', 'public', null, 'Odd.Name');
const touch = ref('function', 'public', null, 'touch(integer)');
const all = [heavy, elsewhere, index, column, quoted, touch];

describe('words mean an object', () => {
  test.each([
    ['hall.heavy', [elsewhere]],
    ['public.heavy', [heavy]],
    ['heavy', [heavy]],
    ['view heavy', [heavy]],
    ['HEAVY', [heavy, elsewhere]],
    ['crate.by_label', [index]],
    ['by_label', [index]],
    ['index by_label', [index]],
    ['public.crate.by_label', [index]],
    ['CRATE.BY_LABEL', [index]],
    ['crate.label', [column]],
    ['label', []],
    ['Odd.Name', [quoted]],
    ['"Odd.Name"', [quoted]],
    ['table public."Odd.Name"', [quoted]],
    ['touch', [touch]],
    ['function touch(integer)', [touch]],
    ['trigger heavy', []],
  ])('%s', (words, meant) => {
    expect(objectsNamed(words, all)).toEqual(meant);
  });

  test('one written exactly so before one of another case', () => {
    const upper = ref('view', 'public', null, 'Heavy');
    expect(objectsNamed('Heavy', [heavy, upper])).toEqual([upper]);
    expect(objectsNamed('HEAVY', [heavy, upper])).toEqual([heavy, upper]);
  });
});

test('objects are the same by all that they are', () => {
  expect(sameObject(heavy, { ...heavy })).toBe(true);
  expect(sameObject(heavy, elsewhere)).toBe(false);
  expect(nameOf(heavy)).toBe('heavy');
  expect(described(elsewhere)).toBe('view hall.heavy');
});
