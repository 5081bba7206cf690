/**
 * Rows of tables that a revision makes, which it writes itself and loses again by the way: code or
 * triggers delete or change them in a statement that does not name their table.
 *
 * Nothing of these tables was there before to be compared with, so that the server's counts tell.
 */

import type { DialectFinding } from '../../analysis.ts';
import { Losses } from '../../data-loss-findings.ts';
import type { PassRecord, RowCounts } from '../../measurement.ts';
import { nameOf, type Table } from '../catalogue/table.ts';
import type { Reference, Shape } from '../catalogue/table-columns.ts';
import { isOfRows, type Name, readWithBlocks, type StatementFacts } from '../parser/statement.ts';
import { PreparedStatements } from './prepared.ts';

/**
 * Findings of an upgrade, table by table.
 *
 * @param rowsIn counts rows of a table as it is now
 */
export async function lostOfMade(
  before: Shape,
  after: Shape,
  { statements }: PassRecord,
  rowsIn: (table: Table) => Promise<number>,
): Promise<readonly DialectFinding[]> {
  const made = after.tables.filter((table) => !before.tables.some((each) => isOf(each, table)));
  if (made.length === 0) return [];
  const prepared = new PreparedStatements();
  const done = statements.filter(({ error }) => error === null);
  const read = await Promise.all(done.map(({ sql }) => readWithBlocks(sql)));
  const sent = done.map((statement, at) => {
    const { facts } = prepared.meant({ facts: read[at] ?? [], sql: statement.sql });
    return { ...statement, facts };
  });
  const facts = sent.flatMap((each) => each.facts);
  const findings: DialectFinding[] = [];
  for (const table of made) {
    const names = namesOf(table, after, facts);
    const parents = ancestorsOf(table, after).flatMap((each) => namesOf(each, after, facts));
    const oids = [table.oid, ...table.partitions.map(({ oid }) => oid)];
    const losses = new Losses(nameOf(table), false);
    /** By statements that name the table. */
    let written = 0;
    /** At least; what code inserts may be taken back by that code itself, and is counted all the same. */
    let there = 0;
    const lose = (rows: number, statement: string | null) => {
      if (rows <= 0) return;
      const compared = { rowsBefore: written, rowsAfter: written - rows, columns: [] };
      const cause = { why: UNNAMED, statement };
      findings.push(losses.rowsLostByTheWay({ ...compared, lost: { rows, keys: [] } }, cause));
    };
    for (const { sql, facts, counted } of sent) {
      const counts = oids.flatMap((oid) => counted?.tables.get(oid) ?? []);
      const of = (kind: keyof RowCounts) => counts.reduce((rows, each) => rows + each[kind], 0);
      there -= of('deleted');
      const is = (names: readonly Name[]) =>
        facts.some((fact) => names.some((name) => isNamed(fact, name)));
      if (is(names)) {
        written += of('inserted');
        if (!RUNS_CODE.test(sql)) there += of('inserted');
        if (facts.some(({ kind }) => kind === 'truncate')) there = 0;
        continue;
      }
      // What goes with rows that a statement takes away goes as the reference says.
      if (is(parents)) {
        if (facts.some(({ kind }) => kind === 'truncate')) there = 0;
        continue;
      }
      lose(Math.min(written, of('deleted')), sql);
      const rows = Math.min(written, of('updated'));
      if (rows === 0) continue;
      const difference = { column: '*', rows, toNull: 0, keys: [] };
      findings.push(losses.valuesLostByTheWay(difference, { why: UNNAMED, statement: sql }));
    }
    // No counter tells of a `truncate` in code that is called.
    const isCounted = sent.every(({ counted }) => counted !== null);
    if (isCounted && there > 0) lose(Math.min(written, there - (await rowsIn(table))), null);
  }
  return findings;
}

/** The same table, or one that took its name. */
function isOf(before: Table, { oid, schema, name }: Table): boolean {
  return before.oid === oid || (before.schema === schema && before.name === name);
}

/** Those that its rows may go with, at all heights. */
function ancestorsOf({ oid }: Table, { references, tables }: Shape): readonly Table[] {
  const found = new Set([oid]);
  const acts = ({ onDelete, onUpdate }: Reference) => onDelete !== null || onUpdate;
  // What is added meanwhile is visited, too.
  for (const child of found) {
    for (const reference of references) {
      if (reference.table === child && acts(reference)) found.add(reference.parent);
    }
  }
  found.delete(oid);
  return tables.filter((table) => found.has(table.oid));
}

/** All that it is called in the course of the statements, and views of it. */
function namesOf(
  table: Table,
  { views }: Shape,
  facts: readonly StatementFacts[],
): readonly Name[] {
  const shown = views.filter((view) => view.table === table.oid || view.behind.includes(table.oid));
  const names: Name[] = [table, ...shown].map(({ schema, name }) => ({ schema, name }));
  for (const fact of facts.toReversed()) {
    if (fact.kind === 'rename-table' && names.some(({ name }) => name === fact.to)) {
      names.push(fact.table);
    }
    if (fact.kind === 'move-table' && names.some(({ name }) => name === fact.table.name)) {
      names.push(fact.table);
    }
  }
  return names;
}

/** Whether a statement names it that makes it, or changes rows of it. */
function isNamed(fact: StatementFacts, table: Name): boolean {
  const isIt = ({ schema, name }: Name) =>
    name === table.name && (schema === null || table.schema === null || schema === table.schema);
  if (fact.kind === 'truncate') return fact.tables.some(isIt);
  if (fact.kind === 'create-table') return isIt(fact.table);
  return isOfRows(fact) && isIt(fact.table);
}

const RUNS_CODE = /^\s*(?:do|call|select)\b/i;

const UNNAMED =
  'The revision wrote these rows itself, and code or a trigger changed them in a statement that does not name their table.';
