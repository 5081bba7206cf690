import { describe, expect, test } from 'vitest';
import { revisionsMeant, wordsOf } from '../../source/contract/revision-name.ts';

const names = [
  'Migration20200101000001_kiln',
  'Migration20200102000001-add-lid',
  'Migration20200103000001_2fa',
  'Migration20200104000001AddHeat',
  '2020-01-05-09-00-00_add_door',
  'Migration20200106000001.cjs',
  'Version3',
];
const revisions = names.map((name) => ({ name, file: `migrations/${name}.ts` }));
const meant = (text: string) => revisionsMeant(revisions, text).map(({ name }) => name);

describe('a revision', () => {
  test.each([
    ['kiln', 0],
    ['20200101000001', 0],
    ['Migration20200101000001_kiln.ts', 0],
    ['add-lid', 1],
    ['add_lid', 1],
    ['20200102000001', 1],
    ['Migration20200102000001_add_lid', 1],
    ['migrations/Migration20200102000001-add-lid.ts', 1],
    ['2fa', 2],
    ['AddHeat', 3],
    ['add_door', 4],
    ['add-door', 4],
    ['20200105090000', 4],
    ['2020-01-05-09-00-00', 4],
    ['Version3', 6],
  ])('%s is one', (text, index) => {
    expect(meant(text)).toEqual([names[index]]);
  });

  test.each(['', 'add', 'lid', 'Migration', '2020', '20200101', 'KILN', 'fa', '3', '../kiln'])(
    '%j is none',
    (text) => {
      expect(meant(text)).toEqual([]);
    },
  );

  test('the name as it is written counts before one with other separators', () => {
    const both = ['Migration20200101000001_add_lid', 'Migration20200102000001-add-lid'];
    const of = (text: string) =>
      revisionsMeant(
        both.map((name) => ({ name })),
        text,
      ).map(({ name }) => both.indexOf(name));
    expect(of('add-lid')).toEqual([1]);
    expect(of('add_lid')).toEqual([0]);
    expect(of('add.lid')).toEqual([0, 1]);
  });
});

test('what it does is what follows the digits', () => {
  expect(names.map(wordsOf)).toEqual([
    'kiln',
    'add lid',
    '2fa',
    'AddHeat',
    'add door',
    'Migration20200106000001',
    'Version3',
  ]);
});
