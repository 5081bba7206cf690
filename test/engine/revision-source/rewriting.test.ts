import { expect, test } from 'vitest';
import { mayRewrite } from '../../../source/engine/revision-source/rewriting.ts';

test.each([
  'drop table "book"',
  'drop table if exists `book`',
  'alter table "book" drop column "pages"',
  'alter table book drop pages',
  'drop schema shop cascade',
  'drop type mood cascade',
  'drop function f() cascade',
  'delete from book where id = 1',
  'truncate book',
  "update book set title = 'x'",
  'with gone as (delete from book returning *) select * from gone',
  'replace into book values (1)',
  'insert or replace into book values (1)',
  'insert into book values (1) on conflict (id) do update set title = 1',
  'merge into book using other on true when matched then delete',
  'alter table "book" alter column "title" type text using title::text',
  'alter table book alter title set data type text',
  'do $$ begin end $$',
  'call tidy()',
  'select tidy()',
  '-- a comment\ndelete from book',
])('may rewrite: %s', (sql) => {
  expect(mayRewrite(sql)).toBe(true);
});

test.each([
  'create table "book" ("id" serial primary key, constraint c foreign key (a) references b (id) on update cascade on delete cascade)',
  'create index "i" on "book" ("title")',
  'drop index "i"',
  'drop view heavy',
  'alter table "book" add column "pages" int null',
  'alter table "book" drop constraint "c"',
  'alter table "book" alter column "pages" drop not null',
  'alter table "book" alter column "pages" set default 1',
  'alter table "book" rename column "a" to "b"',
  "insert into book (title) values ('delete from everything; drop table book')",
  "comment on table book is 'truncate me, or update it'",
  'create or replace view v as select 1',
  'create trigger t after update on book for each row execute function f()',
  'pragma foreign_keys = off',
])('only adds: %s', (sql) => {
  expect(mayRewrite(sql)).toBe(false);
});
