/**
 * What the names in a person's answers mean: with or without schema and kind, quoted or not. A name
 * that means nothing, or more than one thing, is refused before anything is made of it.
 */

import type { DatabaseSchema } from '@mikro-orm/sql';
import type { DraftAnswers, Place } from '../../contract/draft.ts';
import {
  described,
  nameOf,
  type ObjectRef,
  objectsNamed,
  sameObject,
} from '../../contract/object-ref.ts';

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
  const find = (words: string, known: readonly Known[], whose: string): ObjectRef | null => {
    const refs = known.map(({ called }) => called);
    const all = objectsNamed(words, refs).flatMap(
      (called) => known.find((each) => each.called === called)?.meant ?? [],
    );
    const [found, ...others] = all.filter(
      (ref, at) => all.findIndex((each) => sameObject(each, ref)) === at,
    );
    if (found && others.length === 0) return found;
    wrong.push(
      found
        ? `${words} may be ${[found, ...others].map(described).join(' or ')}`
        : `${whose} ${words}${like(words, refs)}`,
    );
    return null;
  };
  const columnIn = (known: readonly Known[], whose: string) => {
    const columns = known.filter(({ called }) => called.kind === 'column');
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
    const found = find(wordsOf(from), real.map(asIs), 'the database has no');
    return found ? { ...each, from: placeOf(found) } : each;
  });
  const tables = new Map(
    renames.flatMap(({ from, to }) => (isTable(from) ? [[from.table, to] as const] : [])),
  );
  const there = real.flatMap((ref) => calledTwice(ref, tables));
  const asked = wanted.flatMap((ref) => [
    asIs(ref),
    ...[...tables]
      .filter(([, to]) => ref.table === to)
      .map(([from]) => ({ called: { ...ref, table: from }, meant: ref })),
  ]);
  return {
    answers: {
      ...answers,
      // Tables are renamed first.
      renames: renames.map((each) => {
        const { table, name } = each.from;
        return name === null
          ? each
          : { ...each, from: { table: tables.get(table) ?? table, name } };
      }),
      fills: answers.fills.map(columnIn(asked, 'no entity has')),
      conversions: answers.conversions.map(columnIn(asked, 'no entity has')),
      fillsDown: answers.fillsDown.map(columnIn(there, 'the database has no')),
      keptOnDowngrade: answers.keptOnDowngrade.map(columnIn(asked, 'no entity has')),
    },
    wrong,
  };
}

/** An object by a name that a person may give it: a table that is renamed goes by both of its names. */
interface Known {
  readonly called: ObjectRef;
  readonly meant: ObjectRef;
}

function asIs(ref: ObjectRef): Known {
  return { called: ref, meant: ref };
}

/** What is in a table that gets another name is meant by that one from then on. */
function calledTwice(ref: ObjectRef, tables: ReadonlyMap<string, string>): readonly Known[] {
  const to = ref.table === null ? undefined : tables.get(tableOf(ref));
  if (to === undefined) return [asIs(ref)];
  const meant = { ...ref, table: to };
  return [{ called: ref, meant }, asIs(meant)];
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
export function like(words: string, refs: readonly ObjectRef[]): string {
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
