/**
 * Which rows break a rule that a statement makes, checks, or is refused by. The rule is read where
 * it stands: in the catalogue, or on an empty table on which the statement works.
 */

import type { Table } from '../../catalogue/table.ts';
import type { Shape } from '../../catalogue/table-columns.ts';
import { alterTable, readAlterTable } from '../../parser/alter-table.ts';
import { literal, qualified, quoted } from '../../parser/sql.ts';
import { type Name, readStatement, type StatementFacts } from '../../parser/statement.ts';
import { addColumns, probe, type Rule, rulesOf } from './probe.ts';
import type { Scene } from './reenact.ts';
import { type BrokenRows, rowsWhere, tableOfName } from './rows.ts';

export interface Broken extends BrokenRows {
  readonly table: Table;
  readonly columns: readonly string[];
  /** The rows, for a `where` on the table. */
  readonly condition: string;
  /** Of the rule, if it has a name. */
  readonly name: string | null;
  /** What has to hold, as the server writes it. */
  readonly rule: string;
  /** The statement wrote the rows that break it: they are not there before. */
  readonly written: boolean;
}

export interface BrokenReference extends Broken {
  readonly parent: string;
}

export async function brokenCheck(scene: Scene, shape: Shape): Promise<Broken | null> {
  if (scene.fields.table === null) return null;
  const table = ownTable(scene, shape);
  const { constraint, column } = scene.fields;
  if (!table) return null;
  if (constraint === null) return column === null ? null : brokenDomain(scene, table, column);
  const isIt = ({ kind, name }: Rule) => kind === 'check' && name === constraint;
  return ruled(scene, table, isIt, ({ condition }) => `(${condition}) is false`);
}

/** `alter domain`: the rule speaks of VALUE. */
async function brokenDomain(scene: Scene, table: Table, column: string): Promise<Broken | null> {
  const { query, failed } = scene;
  return scene.attempt(async () => {
    const known = new Set((await domainRules(scene)).map(({ oid }) => oid));
    await query(
      /\bvalidate\s+constraint\b/i.test(failed ?? '') ? 'select 1' : `${failed} not valid`,
    );
    const rules = (await domainRules(scene)).filter(({ oid, valid }) => !known.has(oid) || !valid);
    for (const { name, expression } of rules) {
      const rule = String(expression).replaceAll(/\bVALUE\b/g, quoted(column));
      const condition = `(${rule}) is false`;
      const found = await rowsWhere(query, table, condition, [column]);
      if (found.rows === 0) continue;
      return {
        ...found,
        table,
        columns: [column],
        condition,
        name: String(name),
        rule,
        written: false,
      };
    }
    return null;
  });
}

function domainRules({ query }: Scene) {
  return query(`select oid::text, conname as name, convalidated as valid,
    pg_get_expr(conbin, 0) as expression from pg_constraint where contypid <> 0 and contype = 'c'`);
}

export async function brokenUnique(scene: Scene, shape: Shape): Promise<Broken | null> {
  const table = ownTable(scene, shape);
  const { constraint } = scene.fields;
  if (!table) return null;
  const named = ({ kind, name }: Rule) => kind === 'unique' && name === constraint;
  const only = ({ kind }: Rule) => kind === 'unique';
  return (
    (await ruled(scene, table, named, (rule) => repeated(table, rule))) ??
    ruled(scene, table, only, (rule) => repeated(table, rule))
  );
}

/** All but the first of those that are equal. */
function repeated(table: Table, { parts, predicate, nulls }: Rule): string {
  const keys = parts.map(({ expression }) => expression);
  const filled = nulls ? [] : keys.map((each) => `(${each}) is not null`);
  const among =
    [...filled, ...(predicate === null ? [] : [`(${predicate})`])].join(' and ') || 'true';
  const order = table.key === null ? '' : `${namesOf(table, table.key).map(quoted).join(', ')}, `;
  return `(tableoid, ctid) in (select tableoid, ctid from (
    select tableoid, ctid, row_number() over (partition by ${keys.join(', ')} order by ${order}ctid) as place
      from ${qualified(table)} where ${among}) as equals where place > 1)`;
}

export async function brokenExclusion(scene: Scene, shape: Shape): Promise<Broken | null> {
  const table = ownTable(scene, shape);
  const { constraint } = scene.fields;
  if (!table) return null;
  const isIt = ({ kind, name }: Rule) => kind === 'exclude' && name === constraint;
  return ruled(scene, table, isIt, (rule) => overlapping(table, rule));
}

/** Those that are in the way of an earlier one. */
function overlapping(table: Table, { parts, predicate }: Rule): string {
  const list = parts.map(({ expression }, at) => `(${expression}) as e${at}`).join(', ');
  const rows = `select tableoid as part, ctid as place, ${list} from ${qualified(table)}
    where ${predicate ?? 'true'}`;
  const meets = parts.map(({ operator }, at) => `a.e${at} ${operator} b.e${at}`).join(' and ');
  return `(tableoid, ctid) in (select b.part, b.place from (${rows}) a, (${rows}) b
    where (a.part, a.place) < (b.part, b.place) and ${meets})`;
}

/** @param condition the rows that break it */
async function ruled(
  scene: Scene,
  table: Table,
  isIt: (rule: Rule) => boolean,
  condition: (rule: Rule) => string,
): Promise<Broken | null> {
  const { query, failed } = scene;
  const oid = `${literal(qualified(table))}::regclass`;
  const known = (await rulesOf(query, oid)).find(isIt);
  const measure = async (rule: Rule, written: boolean): Promise<Broken | null> => {
    const { name, columns } = rule;
    const where = condition(rule);
    const found = await rowsWhere(query, table, where, columns);
    const parts = rule.parts.map(({ expression }) => expression).join(', ');
    return found.rows === 0
      ? null
      : {
          ...found,
          table,
          columns,
          condition: where,
          name,
          rule: rule.condition ?? parts,
          written,
        };
  };
  if (known) {
    const there = await scene.attempt(() => measure(known, false));
    if (there || failed === null) return there;
    return scene.attempt(async () => {
      await dropRule(scene, table, known.name);
      await query(failed);
      return measure(known, true);
    });
  }
  if (failed === null) return null;
  return scene.attempt(async () => {
    const probed = await scene.attempt(() => probe(query, table, failed));
    const made = probed?.rules.find(isIt);
    if (!probed || !made) return null;
    await addColumns(query, table, probed.added);
    return measure(made, probed.added.length > 0);
  });
}

async function dropRule({ query }: Scene, table: Table, name: string): Promise<void> {
  const [constraint] = await query(`select from pg_constraint
    where conrelid = ${literal(qualified(table))}::regclass and conname = ${literal(name)}`);
  const schema = { schema: table.schema, name };
  await query(
    constraint
      ? `alter table ${qualified(table)} drop constraint ${quoted(name)} cascade`
      : `drop index ${qualified(schema)} cascade`,
  );
}

export async function brokenNotNull(scene: Scene, shape: Shape): Promise<Broken | null> {
  const table = ownTable(scene, shape);
  const { column } = scene.fields;
  if (!table || column === null || !table.columns.some(({ name }) => name === column)) return null;
  const { query, failed } = scene;
  const condition = `${quoted(column)} is null`;
  const measure = async (written: boolean): Promise<Broken | null> => {
    const found = await rowsWhere(query, table, condition, []);
    const rule = `${column} is not null`;
    return found.rows === 0
      ? null
      : { ...found, table, columns: [column], condition, name: null, rule, written };
  };
  const there = await scene.attempt(() => measure(false));
  if (there || failed === null) return there;
  return scene.attempt(async () => {
    await query(`alter table ${qualified(table)} alter column ${quoted(column)} drop not null`);
    await query(failed);
    return measure(true);
  });
}

export async function brokenReference(scene: Scene, shape: Shape): Promise<BrokenReference | null> {
  const table = ownTable(scene, shape);
  const { query, failed, fields } = scene;
  if (!table || fields.constraint === null) return null;
  const known = await referenceOf(scene, table, fields.constraint);
  if (known) {
    const there = await scene.attempt(() => orphans(scene, table, known, false));
    if (there || failed === null) return there;
    return scene.attempt(async () => {
      await dropRule(scene, table, known.name);
      await query(failed);
      return orphans(scene, table, known, true);
    });
  }
  if (failed === null) return null;
  return scene.attempt(async () => {
    await query((await unchecked(failed)) ?? '');
    const made = await referenceOf(scene, table, fields.constraint ?? '');
    return made && orphans(scene, table, made, false);
  });
}

/** `alter table` with foreign keys that are not checked yet. */
async function unchecked(sql: string): Promise<string | null> {
  const parsed = await readAlterTable(sql);
  const isIt = (fact: StatementFacts) =>
    fact.kind === 'add-constraint' && fact.type === 'foreign key' && !fact.notValid;
  return (
    parsed &&
    alterTable(
      parsed,
      parsed.commands.map(({ text, facts }) => (facts.some(isIt) ? `${text} not valid` : text)),
    )
  );
}

interface ForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly parentText: string;
  readonly parentColumns: readonly string[];
}

async function referenceOf(scene: Scene, table: Table, name: string): Promise<ForeignKey | null> {
  const names = (keys: string, of: string) => `(select json_agg(a.attname order by k.place)
    from unnest(o.${keys}) with ordinality k (number, place)
      join pg_attribute a on a.attrelid = o.${of} and a.attnum = k.number)`;
  const [row] = await scene.query<ForeignKey>(`
    select o.conname as name, ${names('conkey', 'conrelid')} as columns,
      ${names('confkey', 'confrelid')} as "parentColumns", c.relname as parent,
      quote_ident(n.nspname) || '.' || quote_ident(c.relname) as "parentText"
    from pg_constraint o join pg_class c on c.oid = o.confrelid
      join pg_namespace n on n.oid = c.relnamespace
    where o.contype = 'f' and o.conrelid = ${literal(qualified(table))}::regclass
      and o.conname = ${literal(name)}`);
  return row ?? null;
}

async function orphans(
  { query }: Scene,
  table: Table,
  { name, columns, parent, parentText, parentColumns }: ForeignKey,
  written: boolean,
): Promise<BrokenReference | null> {
  const own = columns.map((column) => `${qualified(table)}.${quoted(column)}`);
  const matches = parentColumns
    .map((column, at) => `p.${quoted(column)} = ${own[at]}`)
    .join(' and ');
  const filled = own.map((column) => `${column} is not null`).join(' and ');
  const condition = `${filled} and not exists (select from ${parentText} p where ${matches})`;
  const found = await rowsWhere(query, table, condition, columns);
  return found.rows === 0
    ? null
    : { ...found, table, columns, condition, name, rule: parent, written, parent };
}

/** The one that the server names. */
function ownTable({ fields }: Scene, shape: Shape): Table | undefined {
  const name: Name = { schema: fields.schema, name: fields.table ?? '' };
  return fields.table === null ? undefined : tableOfName(shape, name);
}

function namesOf({ columns }: Table, numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number) => columns.find((each) => each.number === number)?.name ?? []);
}

/** For others who look at what the statement is about. */
export async function factsOf({ failed }: Scene): Promise<readonly StatementFacts[]> {
  return failed === null ? [] : readStatement(failed);
}
