/** Changes of a revision's statements that repair what a rehearsal found. */

import type { Direction } from '../../../../contract/direction.ts';
import type { DialectFinding, Edit, RevisionStatements } from '../../analysis.ts';
import type { SchemaObject } from '../../catalogue.ts';
import { nameOf, type Table } from '../catalogue/table.ts';
import { qualified, quoted } from '../parser/sql.ts';
import { readStatement, type StatementFacts } from '../parser/statement.ts';

/**
 * A table is renamed instead of dropped and created anew. What hangs on it comes along under its
 * old name, so it is renamed as well where the draft would make it with the new one.
 *
 * @param objects of the schema before
 */
export async function renameInstead(
  statements: RevisionStatements,
  from: Table,
  to: Table,
  objects: readonly SchemaObject[],
): Promise<DialectFinding['repairs']> {
  const up = await renameEdits(statements.up, 'up', from, to, objects);
  const down = await renameEdits(statements.down, 'down', to, from, objects);
  if (!up || !down) return [];
  return [
    {
      title: `Rename ${nameOf(from)} to ${nameOf(to)} instead`,
      caution: `If ${nameOf(to)} is not the same table under a new name, keep the draft, and drop ${nameOf(from)} knowingly.`,
      edits: [...up, ...down],
    },
  ];
}

async function renameEdits(
  statements: readonly string[],
  direction: Direction,
  from: Table,
  to: Table,
  objects: readonly SchemaObject[],
): Promise<readonly Edit[] | null> {
  const facts = await Promise.all(statements.map(readStatement));
  const names = (table: Table) => (name: { readonly name: string }) => name.name === table.name;
  const create = facts.findIndex((each) =>
    each.some((fact) => fact.kind === 'create-table' && names(to)(fact.table)),
  );
  const drop = facts.findIndex((each) =>
    each.some((fact) => fact.kind === 'drop-table' && fact.tables.some(names(from))),
  );
  if (create < 0 || drop < 0 || from.schema !== to.schema) return null;
  const made = new Map(
    facts.flatMap((each, at) => {
      const name = each.length === 1 && each[0] ? madeOn(each[0], to) : null;
      return name === null ? [] : [[name, at] as const];
    }),
  );
  const hanging = objects.filter(
    ({ kind, table }) =>
      (kind === 'index' || kind === 'constraint' || kind === 'foreign key') &&
      (table === nameOf(from) || table === nameOf(to)),
  );
  const renames: string[] = [];
  const replaced: Edit[] = [];
  for (const { kind, name } of hanging) {
    const [old, next] = [renamed(name, to, from), renamed(name, from, to)];
    const at = made.get(next);
    if (at === undefined || old === next) continue;
    renames.push(
      kind === 'index'
        ? `alter index ${qualified({ schema: from.schema, name: old })} rename to ${quoted(next)}`
        : `alter table ${qualified(to)} rename constraint ${quoted(old)} to ${quoted(next)}`,
    );
    replaced.push({ direction, at, place: 'instead', statements: [] });
  }
  const rename = `alter table ${qualified(from)} rename to ${quoted(to.name)}`;
  return [
    { direction, at: create, place: 'instead', statements: [rename, ...renames] },
    ...replaced,
    { direction, at: drop, place: 'instead', statements: [] },
  ];
}

/** The name of the index or constraint that a statement makes on a table. */
function madeOn(fact: StatementFacts, table: Table): string | null {
  if (fact.kind !== 'create-index' && fact.kind !== 'add-constraint') return null;
  return fact.table.name === table.name ? fact.name : null;
}

/** Names are made of the table's. */
function renamed(name: string, from: Table, to: Table): string {
  return name.startsWith(`${from.name}_`) ? to.name + name.slice(from.name.length) : name;
}
