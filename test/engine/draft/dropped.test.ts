/** Objects that no entity knows, and that somebody chooses to drop. */

import { expect, it } from 'vitest';
import { databases } from '../../kit/databases.ts';
import { accepted } from '../kit.ts';
import { draft, madeBy } from './kit.ts';

const [, onPostgresql] = databases;
if (!onPostgresql) throw new Error('There are two databases.');

it('drops what others use after them, each of them once, and makes all of it again as it was', async () => {
  await using project = await madeBy(
    onPostgresql.makeProject,
    [
      'create sequence ticket',
      'create table "slot" ("id" serial primary key, "a" int not null, "b" int not null)',
      'create function bump() returns trigger language plpgsql as $$ begin return new; end $$',
      'create trigger bumped before update on slot for each row execute function bump()',
      'alter table slot add constraint slot_free exclude using gist (int4range(a, b) with &&)',
      'alter table slot add constraint slot_once unique nulls not distinct (a)',
    ],
    ['insert into slot (a, b) values (1, 2), (3, 4)'],
    `defineEntity({ name: 'Slot', properties: { id: p.integer().primary(), a: p.integer(), b: p.integer() } })`,
  );
  const drops = [
    { table: 'ticket', name: null },
    { table: 'bump', name: null },
    ...['bumped', 'slot_free', 'slot_once'].map((name) => ({ table: 'slot', name })),
  ];
  const made = accepted(await draft(project.root, { answers: { drops } }));
  expect(made.leftAlone).toEqual([]);
  expect(made.trial).toMatchObject({ verdict: 'clean', failure: null });
  expect(made.changes.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual([
    'drop exclusion slot.slot_free',
    'drop function bump()',
    'drop sequence ticket',
    'drop trigger slot.bumped',
    'drop unique slot.slot_once',
  ]);
  expect(made.file?.source).toContain('EXECUTE FUNCTION public.bump()');
  expect(made.file?.source).toContain('UNIQUE NULLS NOT DISTINCT (a)');
});

it('gives dropped columns back with their domains, and with the sequences that they share', async () => {
  await using project = await madeBy(
    onPostgresql.makeProject,
    [
      'create sequence ticket',
      'create schema tools',
      'create domain tools."Score" as int check (value < 10)',
      `create table "book" ("id" serial primary key, "own" serial, "number" int not null default nextval('ticket'),
        "score" tools."Score" null default nextval('ticket'))`,
      `create table "shelf" ("id" bigint primary key default nextval('ticket'), "score" tools."Score" not null)`,
    ],
    ['insert into book default values', 'insert into shelf values (5, 4)'],
    `defineEntity({ name: 'Book', properties: { id: p.integer().primary() } })`,
  );
  const drops = [
    { table: 'shelf', name: null },
    ...['own', 'number', 'score'].map((name) => ({ table: 'book', name })),
  ];
  const made = accepted(await draft(project.root, { answers: { drops } }));
  expect(made.questions).toEqual([]);
  expect(made.trial).toMatchObject({ verdict: 'clean', failure: null, findings: [] });
  expect(made.file?.source).toContain('add "own" serial');
});
