/**
 * What the names in a person's answers mean: with or without schema and kind, quoted or not. A name
 * that means nothing, or more than one thing, is refused before anything is made of it.
 */

import type { DatabaseSchema } from '@mikro-orm/sql';
import type { DraftAnswers, Place } from '../../draft.ts';
import { described, nameOf, type ObjectRef, objectsNamed } from '../../objects.ts';

/** So many names are told of those that there are. */
const TOLD = 8;

export interface Resolved {
  readonly answers: DraftAnswers;
  /** What does not fit, one clause each. */
  readonly wrong: readonly string[];
}

/**
 * @param real tables and columns of the base
 * @param wanted those of the entities
 */
export function resolveNames(
  answers: DraftAnswers,
  real: readonly ObjectRef[],
  wanted: readonly ObjectRef[],
): Resolved {
  const wrong: string[] = [];
  const find = (words: string, refs: readonly ObjectRef[], whose: string): ObjectRef | null => {
    const [found, ...others] = objectsNamed(words, refs);
    if (found && others.length === 0) return found;
    wrong.push(
      found
        ? `${words} may be ${[found, ...others].map(described).join(' or ')}`
        : `${whose} ${words}${like(words, refs)}`,
    );
    return null;
  };
  const columnIn = (refs: readonly ObjectRef[], whose: string) => {
    const columns = refs.filter(({ kind }) => kind === 'column');
    return <T extends { readonly table: string; readonly column: string }>(each: T): T => {
      const found = find(`${each.table}.${each.column}`, columns, whose);
      return found ? { ...each, table: tableOf(found), column: found.name } : each;
    };
  };
  const renamed = new Set(answers.renames.flatMap(({ from, to }) => (isTable(from) ? [to] : [])));
  const renames = answers.renames.map((each) => {
    const { from } = each;
    // A column may be named with the table's new name.
    if (from.name !== null && renamed.has(from.table)) return each;
    const found = find(wordsOf(from), real, 'the database has no');
    return found ? { ...each, from: placeOf(found) } : each;
  });
  return {
    answers: {
      ...answers,
      renames,
      fills: answers.fills.map(columnIn(wanted, 'no entity has')),
      conversions: answers.conversions.map(columnIn(wanted, 'no entity has')),
      fillsDown: answers.fillsDown.map(columnIn(real, 'the database has no')),
      keptOnDowngrade: answers.keptOnDowngrade.map(columnIn(wanted, 'no entity has')),
    },
    wrong,
  };
}

/** Tables and columns of a schema. */
export function namesIn(schema: DatabaseSchema, usual: string | null): readonly ObjectRef[] {
  return schema.getTables().flatMap((table): ObjectRef[] => {
    const within = usual === null ? null : (table.schema ?? usual);
    return [
      { kind: 'table', schema: within, table: null, name: table.name },
      ...table
        .getColumns()
        .map(({ name }) => ({ kind: 'column', schema: within, table: table.name, name }) as const),
    ];
  });
}

function isTable({ name }: Place): boolean {
  return name === null;
}

function wordsOf({ table, name }: Place): string {
  return name === null ? table : `${table}.${name}`;
}

function placeOf(found: ObjectRef): Place {
  return found.table === null
    ? { table: nameOf(found), name: null }
    : { table: tableOf(found), name: found.name };
}

function tableOf({ schema, table, name }: ObjectRef): string {
  return nameOf({ kind: 'table', schema, table: null, name: table ?? name });
}

/** The names that there are: those of the table if it is known, else the tables. */
function like(words: string, refs: readonly ObjectRef[]): string {
  const table = words.slice(0, words.lastIndexOf('.'));
  const within = refs.filter(
    (ref) => ref.table !== null && [ref.table, tableOf(ref)].includes(table),
  );
  const tables = [...new Set(refs.map(tableOf))];
  const names = within.length > 0 ? within.map(nameOf) : tables;
  if (names.length === 0) return '';
  const more = names.length > TOLD ? ` and ${names.length - TOLD} more` : '';
  return ` (there is ${names.slice(0, TOLD).join(', ')}${more})`;
}
