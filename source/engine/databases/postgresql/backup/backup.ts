/**
 * Backups of rows, through COPY on a connection of the project's own driver: of one state, exact, in
 * the text format that every version reads, without a tool that has to be installed and be as new as
 * the server, and without a password on any command line. (What `pg_dump` has beside the rows is
 * the schema, and the way back there is the revisions' own.)
 *
 * They are put back in one transaction that holds the tables for itself. Nothing but rows is put
 * back, so the tables have to be as they were: else a schema beside them takes the rows.
 */

import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import {
  type BackedUpTable,
  type Backup,
  type BackupContent,
  type Restored,
  type RestoredTable,
  tableName,
} from '../../../../contract/backup.ts';
import { messageOf } from '../../../../util/error-message.ts';
import { Refusal } from '../../../refusal.ts';
import type { BackupPlace, RestoreSite } from '../../backups.ts';
import type { RawQuery } from '../../raw-query.ts';
import type { Table } from '../catalogue/table.ts';
import { calls, readShape, type Shape } from '../catalogue/table-columns.ts';
import { accessOf, openSession, type Session } from '../connection/session.ts';
import { literal, qualified, quoted } from '../parser/sql.ts';
import { rowsOf } from '../throwaway/baseline.ts';

/** Texts do not depend on how the server writes them. */
const PLAIN = `set datestyle to 'ISO, MDY'; set intervalstyle to 'postgres'; set extra_float_digits to 1`;

async function onSession<T>(
  site: Pick<RestoreSite, 'connection'>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(await accessOf(site.connection));
  try {
    await session.query(PLAIN);
    return await work(session);
  } finally {
    await session.close();
  }
}

export async function backUp(place: BackupPlace): Promise<BackupContent> {
  return onSession(place, async (session) => {
    const { query } = session;
    await query('begin isolation level repeatable read, read only');
    try {
      // Else a policy would leave rows out without a word.
      await query('set local row_security = off');
      const shape = await readShape(query, place.table);
      return await copyOut(session, chosenOf(shape, place), place.folder);
    } finally {
      await query('rollback');
    }
  });
}

async function copyOut(
  { client }: Session,
  tables: readonly Table[],
  folder: string,
): Promise<BackupContent> {
  const kept: BackedUpTable[] = [];
  let bytes = 0;
  for (const [at, table] of tables.entries()) {
    const columns = table.columns.filter(({ generated }) => !generated);
    const names = columns.map(({ name }) => quoted(name)).join(', ');
    const file = `${String(at + 1).padStart(4, '0')}.copy.gz`;
    const path = join(folder, file);
    const stream = client.query(copyTo(`copy (select ${names} from ${rowsOf(table)}) to stdout`));
    await pipeline(stream, createGzip(), createWriteStream(path, { mode: 0o600, flush: true }));
    bytes += statSync(path).size;
    kept.push({
      schema: table.schema,
      name: table.name,
      rows: stream.rowCount,
      columns: columns.map(({ name, type }) => ({ name, type })),
      file,
    });
  }
  return { kind: 'rows', bytes, tables: kept };
}

/** What a plan may change: what its statements name, and what hangs on that. */
function chosenOf(shape: Shape, { schema, statements, tables }: BackupPlace): readonly Table[] {
  if (tables) return shape.tables.filter((table) => tables.some((each) => isSame(each, table)));
  const own = shape.tables.filter((table) => schema === null || table.schema === schema);
  const text = (statements ?? []).join('\n').toLowerCase();
  // What one schema of many shares with others is named with its own schema.
  const plain = text.replaceAll('"', '');
  const named = shape.tables.filter((table) =>
    own.includes(table) ? isNamed(text, table) : plain.includes(qualifiedText(table)),
  );
  const found = new Set(named.map(({ oid }) => oid));
  // Written while the set is visited, so that it goes on with what was added.
  for (const oid of found) {
    for (const { table, parent } of shape.references) if (parent === oid) found.add(table);
    for (const each of shape.tables) {
      if (each.parents.includes(oid)) found.add(each.oid);
      if (each.oid === oid) for (const parent of each.parents) found.add(parent);
    }
  }
  const chosen = shape.tables.filter(({ oid }) => found.has(oid));
  const further = statements === null || statements.some((sql) => reachesFurther(sql, shape));
  const all = further || chosen.length === 0 || chosen.some(({ triggers }) => triggers);
  return all ? shape.tables.filter((table) => own.includes(table) || found.has(table.oid)) : chosen;
}

/** What it changes is not to be seen in its text. */
function reachesFurther(sql: string, { writers }: Shape): boolean {
  return (
    /^\s*(do|call|with|select)\b/i.test(sql) ||
    /\bdrop\s+(?!table\b|column\b)\S+[\s\S]*\bcascade\b|\bdrop\s+(schema|owned|extension|type|domain)\b/i.test(
      sql,
    ) ||
    writers.some((name) => calls(sql, name))
  );
}

function qualifiedText({ schema, name }: Table): string {
  return `${schema}.${name}`.toLowerCase();
}

function isNamed(text: string, { name, partitions }: Table): boolean {
  return [name, ...partitions.map((each) => each.name)].some((each) =>
    text.includes(each.toLowerCase()),
  );
}

function isSame(one: Pick<BackedUpTable, 'schema' | 'name'>, other: Table): boolean {
  return one.schema === other.schema && one.name === other.name;
}

export async function planRestore(
  site: RestoreSite,
  backup: Backup,
): Promise<{ readonly tables: readonly RestoredTable[]; readonly into: string | null }> {
  return onSession(site, async ({ query }) => {
    await query('begin isolation level repeatable read, read only');
    if (site.aside) {
      const into = asideOf(backup);
      await checkFree(query, into);
      const tables = backup.tables.map((table) => {
        return { name: tableName(table), now: null, kept: table.rows };
      });
      return { tables, into };
    }
    const shape = await readShape(query, site.table);
    checkShape(shape, backup);
    const tables: RestoredTable[] = [];
    for (const table of backup.tables) {
      const there = shape.tables.find((each) => isSame(table, each));
      const now = there ? await countOf(query, there) : null;
      tables.push({ name: tableName(table), now, kept: table.rows });
    }
    return { tables, into: null };
  });
}

async function countOf(query: RawQuery, table: Table): Promise<number> {
  const [row] = await query(`select count(*)::text as n from ${rowsOf(table)}`);
  return Number(row?.n ?? 0);
}

/** Names are cut at 63 bytes; this one is short. */
function asideOf({ id }: Backup): string {
  return `handrail_backup_${id.replaceAll('-', '_')}`;
}

async function checkFree(query: RawQuery, schema: string): Promise<void> {
  const [taken] = await query(`select 1 from pg_namespace where nspname = ${literal(schema)}`);
  if (!taken) return;
  throw new Refusal('backup-failed', {
    what: `There is a schema ${schema} already.`,
    why: 'The backup was put there before, and nothing is overwritten.',
    next: [`Use it, or drop it: drop schema ${schema} cascade`],
  });
}

/** @throws Refusal if a table is not as it was: rows would not fit, or new columns would be emptied */
function checkShape(shape: Shape, backup: Backup): void {
  const differing = backup.tables.flatMap((table) => {
    const there = shape.tables.find((each) => isSame(table, each));
    if (!there) return [`there is no table ${tableName(table)}`];
    const columns = there.columns.filter(({ generated }) => !generated);
    const [now, then] = [columns, table.columns].map((each) =>
      each.map(({ name, type }) => `${name} ${type}`),
    ) as [string[], string[]];
    const lacks = then.filter((column) => !now.includes(column));
    const more = now.filter((column) => !then.includes(column));
    return [
      ...lacks.map((column) => `${tableName(table)} has no ${column}`),
      ...more.map((column) => `${tableName(table)} has ${column}, which the backup has not`),
    ];
  });
  if (differing.length === 0) return;
  const last = backup.applied.at(-1);
  throw new Refusal('backup-failed', {
    what: 'The tables are not as they were when the backup was taken, so its rows can’t be put back.',
    why: `Only rows are in it: ${differing.slice(0, 5).join('; ')}.`,
    next: [
      `Bring the schema back first: handrail down --to ${last ?? 0}`,
      'Or put the rows into a schema beside the tables, which overwrites nothing: --aside',
    ],
  });
}

export async function restore(
  site: RestoreSite,
  backup: Backup,
  keep: (() => Promise<Backup>) | null,
): Promise<Restored> {
  return onSession(site, async (session) => {
    await session.query('begin');
    try {
      const restored = await (keep
        ? putBack(session, site, backup, keep)
        : putAside(session, site, backup));
      await session.query('commit');
      return restored;
    } catch (error) {
      await session.query('rollback').catch(() => {});
      if (error instanceof Refusal) throw error;
      throw new Refusal('backup-failed', {
        what: `The backup ${backup.id} could not be put back, and everything is as it was.`,
        why: messageOf(error),
        next: ['Put the rows into a schema beside the tables, and copy what you need: --aside'],
        cause: error,
      });
    }
  });
}

async function putAside(session: Session, site: RestoreSite, backup: Backup): Promise<Restored> {
  const { query } = session;
  const schema = asideOf(backup);
  await checkFree(query, schema);
  await query(`create schema ${quoted(schema)}`);
  const tables: RestoredTable[] = [];
  for (const table of backup.tables) {
    const columns: string[] = [];
    for (const { name, type } of table.columns) {
      columns.push(`${quoted(name)} ${(await isType(query, type)) ? type : 'text'}`);
    }
    // Of several schemas two may have one name.
    const twice = backup.tables.filter(({ name }) => name === table.name).length > 1;
    const name = twice ? `${table.schema}_${table.name}` : table.name;
    const into = qualified({ schema, name });
    await query(`create table ${into} (${columns.join(', ')})`);
    await copyIn(session, site.folder, table, into);
    tables.push({ name: tableName(table), now: null, kept: table.rows });
  }
  return { tables, saved: null };
}

/** It may have been dropped since. */
async function isType(query: RawQuery, type: string): Promise<boolean> {
  const [row] = await query(`select to_regtype(${literal(type)}) as type`);
  return row?.type != null;
}

async function copyIn(
  { client }: Session,
  folder: string,
  { columns, file, rows, ...table }: BackedUpTable,
  into: string,
): Promise<void> {
  if (file === null) throw new Error(`The backup has no rows of ${tableName(table)}.`);
  const names = columns.map(({ name }) => quoted(name)).join(', ');
  const stream = client.query(copyFrom(`copy ${into} (${names}) from stdin`));
  await pipeline(createReadStream(join(folder, file)), createGunzip(), stream);
  if (stream.rowCount === rows) return;
  throw new Error(
    `${tableName(table)} has ${stream.rowCount} rows in the backup, and not ${rows}.`,
  );
}

async function putBack(
  session: Session,
  site: RestoreSite,
  backup: Backup,
  keep: () => Promise<Backup>,
): Promise<Restored> {
  const { query } = session;
  const names = backup.tables.map((table) =>
    qualified({ schema: table.schema ?? 'public', name: table.name }),
  );
  const shape = await readShape(query, site.table);
  checkShape(shape, backup);
  // Nobody writes any more; whoever reads waits when the rows are exchanged.
  if (names.length > 0) await query(`lock table ${names.join(', ')} in exclusive mode`);
  const saved = await keep();
  const tables: RestoredTable[] = [];
  const found = shape.tables.filter((each) => backup.tables.some((table) => isSame(table, each)));
  const counts = new Map<string, number>();
  for (const table of found) counts.set(tableName(table), await countOf(query, table));
  const resume = await suspend(query, found);
  const sequences = await sequencesOf(query, found);
  // Unlike a delete it follows neither rules nor references.
  if (found.length > 0) await query(`truncate ${found.map(rowsOf).join(', ')}`);
  for (const table of backup.tables) {
    const into = qualified({ schema: table.schema ?? 'public', name: table.name });
    await copyIn(session, site.folder, table, into);
    const now = counts.get(tableName(table)) ?? null;
    tables.push({ name: tableName(table), now, kept: table.rows });
  }
  for (const sql of sequences) await query(sql);
  await query('set constraints all immediate');
  // References are checked as they are made again: one that is broken rolls all of it back.
  for (const sql of resume) await query(sql);
  return { tables, saved };
}

/**
 * Neither cascades nor triggers may act while rows are exchanged. In the transaction alone, and with
 * the rights of the owner.
 */
async function suspend(query: RawQuery, tables: readonly Table[]): Promise<readonly string[]> {
  const oids = tables.map(({ oid }) => oid).join(', ') || 'null';
  const keys = await query(
    `select c.oid::regclass::text as table, o.conname as name, pg_get_constraintdef(o.oid) as definition,
        obj_description(o.oid, 'pg_constraint') as comment
      from pg_constraint o join pg_class c on c.oid = o.conrelid
      where o.contype = 'f' and o.conparentid = 0 and (o.conrelid in (${oids}) or o.confrelid in (${oids}))`,
  );
  const triggers = await query(
    `select t.tgrelid::regclass::text as table, t.tgname as name, t.tgenabled::text as state
      from pg_trigger t
      where not t.tgisinternal and t.tgenabled <> 'D' and t.tgparentid = 0 and t.tgrelid in (${oids})`,
  );
  const resume: string[] = [];
  for (const { table, name, state } of triggers) {
    await query(`alter table ${table} disable trigger ${quoted(String(name))}`);
    resume.push(`alter table ${table} ${STATES[String(state)]} trigger ${quoted(String(name))}`);
  }
  for (const { table, name, definition, comment } of keys) {
    const key = quoted(String(name));
    await query(`alter table ${table} drop constraint ${key}`);
    resume.push(`alter table ${table} add constraint ${key} ${definition}`);
    if (comment === null) continue;
    resume.push(`comment on constraint ${key} on ${table} is ${literal(String(comment))}`);
  }
  return resume;
}

const STATES: Readonly<Record<string, string>> = {
  O: 'enable',
  A: 'enable always',
  R: 'enable replica',
};

/** Numbers that were given since are not given again; those of the rows that come back neither. */
async function sequencesOf(query: RawQuery, tables: readonly Table[]): Promise<readonly string[]> {
  const statements: string[] = [];
  for (const table of tables) {
    for (const { name } of table.columns) {
      const [row] = await query(
        `select pg_get_serial_sequence(${literal(qualified(table))}, ${literal(name)}) as sequence`,
      );
      if (row?.sequence == null) continue;
      const sequence = String(row.sequence);
      statements.push(
        `select setval(${literal(sequence)}, greatest(
            (select last_value from ${sequence}),
            (select max(${quoted(name)})::bigint from ${qualified(table)})))
          where (select max(${quoted(name)})::bigint from ${qualified(table)}) is not null`,
      );
    }
  }
  return statements;
}
