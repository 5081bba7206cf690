import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './environment.ts';
import {
  change,
  columns,
  count,
  fingerprint,
  foreignKeyErrors,
  integrityErrors,
  query,
  recordedRevisions,
  rows,
  tables,
} from './sqlite.ts';

function withDatabase(sql: string, test: (path: string) => void): void {
  const folder = temporaryFolder('sqlite');
  try {
    const path = join(folder.path, 'test.db');
    change(path, sql);
    test(path);
  } finally {
    folder.remove();
  }
}

const small = `
  create table a (id integer primary key, b_id integer references b (id), v);
  create table b (id integer primary key);
  create table mikro_orm_migrations (id integer primary key autoincrement, name text);
  insert into b values (1);
  insert into a values (1, 1, 'x'), (2, 1, 1);
  insert into mikro_orm_migrations (name) values ('M2'), ('M1');
`;

describe('a look into a database', () => {
  it('tells tables, rows and recorded revisions', () => {
    withDatabase(small, (path) => {
      expect(tables(path)).toEqual(['a', 'b', 'mikro_orm_migrations']);
      expect(columns(path, 'a')).toEqual(['id', 'b_id', 'v']);
      expect(rows(path, 'a')).toEqual([
        { id: 1, b_id: 1, v: 'x' },
        { id: 2, b_id: 1, v: 1 },
      ]);
      expect(count(path, 'b')).toBe(1);
      expect(query(path, 'select v from a where id = ?', 2)).toEqual([{ v: 1 }]);
      expect(recordedRevisions(path)).toEqual(['M2', 'M1']);
      expect(recordedRevisions(path, 'other')).toEqual([]);
    });
  });

  it('creates nothing', () => {
    const folder = temporaryFolder('sqlite');
    const path = join(folder.path, 'absent.db');
    expect(() => tables(path)).toThrow();
    expect(existsSync(path)).toBe(false);
    folder.remove();
  });

  it('tells what is wrong', () => {
    withDatabase(small, (path) => {
      expect(integrityErrors(path)).toEqual([]);
      expect(foreignKeyErrors(path)).toEqual([]);
      change(path, 'pragma foreign_keys = off; delete from b');
      expect(foreignKeyErrors(path)).toHaveLength(2);
    });
  });

  it('has a fingerprint that any change of content changes', () => {
    withDatabase(small, (path) => {
      const before = fingerprint(path);
      const same = `begin; delete from a; insert into a values (2, 1, 1), (1, 1, 'x'); commit`;
      change(path, same);
      expect(fingerprint(path)).toEqual(before);

      const seen = new Set([before.hash]);
      for (const sql of [
        `update a set v = '1' where id = 2`,
        'update a set v = 1.0 where id = 2',
        `update a set v = x'31' where id = 2`,
        'update a set v = null where id = 2',
        'insert into b values (9007199254740993)',
        'create index a_v on a (v)',
      ]) {
        change(path, sql);
        seen.add(fingerprint(path).hash);
      }
      expect(seen.size).toBe(7);
      const without = fingerprint(path, { except: ['b'] });
      change(path, 'delete from b where id > 1');
      expect(fingerprint(path, { except: ['b'] })).toEqual(without);
    });
  });
});
