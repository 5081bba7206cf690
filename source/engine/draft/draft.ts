/**
 * Drafts the next revision: what would make a database, on which every other revision is run, what
 * the entities say. Nothing of the project is written; the base is a throwaway on which each
 * answer and the draft itself are tried.
 */

import type { DatabaseSchema } from '@mikro-orm/sql';
import type { Draft, DraftAnswers, DraftRequest } from '../../draft.ts';
import type { Direction } from '../../protocol.ts';
import type { RawQuery, Throwaways } from '../dialects/dialect.ts';
import type { Events } from '../engine.ts';
import { readHistory } from '../history.ts';
import { disconnect, type Project } from '../project.ts';
import { Refusal } from '../refusal.ts';
import type { Annotation } from '../rehearsal/rewrite.ts';
import { type Base, openBase, readSnapshot, type Snapshot } from './base.ts';
import {
  addedColumnsOf,
  changesOf,
  downQuestionsOf,
  includes,
  knownBySnapshot,
  questionsOf,
  unknownObjects,
  unnamedStatements,
  type WasKnown,
} from './changes.ts';
import { withoutPlaces } from './difference.ts';
import type { WithEnums } from './enums.ts';
import { fileOf } from './file.ts';
import { listOf, snapshotDifference } from './guard.ts';
import { offered, tryDraft } from './trial.ts';

/** A blank draft does this, so that there is something in it (Migrator.js does the same). */
const NOTHING = 'select 1';

/**
 * @throws Refusal `not-up-to-date`, `drifted`, `missing-file`, `nothing-to-do`, `usage`,
 *   `no-room`, `database-unreachable`, `broken-revision`
 */
export async function draft(
  project: Project,
  request: DraftRequest,
  throwaways: Throwaways,
  events: Events,
): Promise<Draft> {
  const history = await readHistory(project);
  // From here on the target is read by the dialect alone.
  await disconnect(project);
  if (request.blank) {
    const contents = { up: [NOTHING], down: [NOTHING], annotations: [] };
    const file = await fileOf(project, history, request.name, contents, new Date());
    return {
      base: request.base,
      compared: 'Nothing was compared: the draft is blank.',
      changes: [],
      questions: [],
      addedColumns: [],
      leftAlone: [],
      notes: [],
      trial: null,
      // The entities are not in it, so what MikroORM knows of them stays as it was.
      file: { ...file, snapshot: null },
    };
  }
  const base = await openBase({ project, history, throwaways, events }, request.base);
  try {
    const made = await new Drafting(project, base, request).make();
    if (made.contents === null) return made.draft;
    const file = await fileOf(project, history, request.name, made.contents, new Date());
    const { stage } = base;
    const context = { project, history, throwaways, events, stage, base: request.base };
    return offered(made.draft, await tryDraft(context, file), request.answers);
  } finally {
    await base.stage.close();
  }
}

interface Made {
  readonly draft: Draft;
  readonly contents: Parameters<typeof fileOf>[3] | null;
}

class Drafting {
  readonly #project: Project;
  readonly #base: Base;
  readonly #request: DraftRequest;
  readonly #answers: DraftAnswers;
  readonly #notes: string[];
  readonly #annotations: Annotation[] = [];

  constructor(project: Project, base: Base, request: DraftRequest) {
    this.#project = project;
    this.#base = base;
    this.#request = request;
    this.#answers = request.answers;
    this.#notes = [...base.notes];
  }

  async make(): Promise<Made> {
    const { stage } = this.#base;
    const snapshot = await readSnapshot(this.#project);
    const made = await stage.connected(async () => {
      if (snapshot) await this.#noteSnapshot(snapshot);
      return this.#makeConnected(knownBySnapshot(snapshot));
    });
    return { ...made, draft: { ...made.draft, notes: this.#notes } };
  }

  async #makeConnected(wasKnown: WasKnown): Promise<Made> {
    const { differ, compared } = this.#base;
    const { answers, base } = this.#request;
    const renames = this.#renames();
    await this.#checkPlaces();
    for (const sql of renames.up) await this.#query(sql);
    const difference = differ.compare(await differ.schema(), differ.entities());
    const unknown = unknownObjects(difference, answers, wasKnown);
    const stays = (table: string, name: string | null) =>
      includes([...answers.keeps, ...unknown.map(({ place }) => place)], { table, name });
    withoutPlaces(difference, 'up', stays);
    const questions = await questionsOf(difference, answers, this.#count, this.#quote);
    const decided = questions.every(({ kind }) => kind !== 'gone');
    if (decided) questions.push(...(await downQuestionsOf(difference, answers, this.#count)));
    const draft: Draft = {
      base,
      compared,
      changes: changesOf(difference, answers),
      questions,
      addedColumns: addedColumnsOf(difference),
      leftAlone: unknown.map(({ words }) => words),
      notes: [],
      trial: null,
      file: null,
    };
    this.#noteSettings();
    if (questions.length > 0) return { draft, contents: null };

    const before = await differ.schema();
    const texts = await differ.texts();
    const backTo = async (from: DatabaseSchema) =>
      this.#withoutKept(withoutPlaces(differ.compare(from, before), 'down', stays));
    const first = this.#first();
    const filled = await this.#fill(before, differ.entities(), answers.fills, 'up');
    const rest = withoutPlaces(differ.compare(filled.schema, differ.entities()), 'up', stays);
    const emptied = await this.#fill(differ.entities(), before, answers.fillsDown, 'down');
    const back = await backTo(emptied.schema);
    for (const { type, removed } of first.down.length > 0 ? [] : (back.enums ?? [])) {
      if (removed.length === 0) continue;
      this.#notes.push(
        `The downgrade takes ${removed.map((value) => `'${value}'`).join(', ')} out of ${type}, and fails while rows have it. Give them another value first: --first-down 'update …'`,
      );
    }
    const up = [
      ...renames.up,
      ...first.up,
      ...filled.statements,
      ...(await differ.statements(rest, 'up', texts)),
    ];
    if (up.length === 0) throw this.#nothingToDo(draft);
    const down = [
      ...first.down,
      ...emptied.statements,
      ...(await differ.statements(back, 'down', texts)),
      ...renames.down,
    ];
    // MikroORM leaves an empty downgrade out, and the revision would be irreversible.
    const reversed = down.length > 0 ? down : [NOTHING];
    this.#annotateKept(up, reversed);
    // It is tried from the state that it starts with.
    for (const sql of renames.down) await this.#query(sql);
    const changes = [...draft.changes, ...unnamedStatements(up, draft.changes)];
    const contents = { up, down: reversed, annotations: this.#annotations };
    return { draft: { ...draft, changes }, contents };
  }

  #withoutKept(difference: WithEnums): WithEnums {
    const kept = this.#answers.keptOnDowngrade.map(toPlace);
    for (const { name: table, removedColumns } of Object.values(difference.changedTables)) {
      for (const name of Object.keys(removedColumns)) {
        if (includes(kept, { table, name })) delete removedColumns[name];
      }
    }
    return difference;
  }

  #first(): Readonly<Record<Direction, readonly string[]>> {
    const of = (wanted: Direction) =>
      this.#answers.first
        .filter(({ direction }) => direction === wanted)
        .map(({ statement }) => `${statement.trim().replace(/;$/, '')};`);
    return { up: of('up'), down: of('down') };
  }

  /** A base of its own is not made from it, so it is no reason to refuse. */
  async #noteSnapshot({ schema, name }: Snapshot): Promise<void> {
    if (this.#request.base === 'snapshot') return;
    const difference = snapshotDifference(schema, await this.#base.differ.schema());
    if (difference.length === 0) return;
    this.#notes.push(
      `${name} is not what the revisions make (${listOf(difference)}). It is written anew with the draft.`,
    );
  }

  /** Settings of MikroORM that leave out what was asked for. */
  #noteSettings(): void {
    const { safe, dropTables } = this.#project.settings;
    const { drops } = this.#answers;
    if (safe && drops.length > 0) {
      this.#notes.push('migrations.safe is on, so nothing is dropped, whatever was answered.');
    } else if (!dropTables && drops.some(({ name }) => name === null)) {
      this.#notes.push('migrations.dropTables is off, so no table is dropped.');
    }
  }

  readonly #query: RawQuery = (sql) =>
    this.#base.stage.project.connection.execute(sql, [], 'all') as Promise<
      readonly Record<string, unknown>[]
    >;

  readonly #quote = (identifier: string): string =>
    this.#project.driver.getPlatform().quoteIdentifier(identifier).toString();

  readonly #count = async (table: string, condition: string | null): Promise<number | null> => {
    if (!this.#base.hasRows) return null;
    const where = condition === null ? '' : ` where ${condition}`;
    const [row] = await this.#query(`select count(*) as n from ${this.#quote(table)}${where}`);
    return Number(row?.n ?? 0);
  };

  #renames(): { readonly up: readonly string[]; readonly down: readonly string[] } {
    const quote = this.#quote;
    const rename = (table: string, from: string | null, to: string) =>
      from === null
        ? `alter table ${quote(table)} rename to ${quote(to)};`
        : `alter table ${quote(table)} rename column ${quote(from)} to ${quote(to)};`;
    // Tables first: what is said of a column names its table as the entities do.
    const { renames } = this.#answers;
    const inOrder = renames.toSorted(
      (a, b) => Number(a.from.name !== null) - Number(b.from.name !== null),
    );
    return {
      up: inOrder.map(({ from, to }) => rename(from.table, from.name, to)),
      down: inOrder
        .toReversed()
        .map(({ from, to }) =>
          from.name === null ? rename(to, null, from.table) : rename(from.table, to, from.name),
        ),
    };
  }

  /** An answer about nothing is a mistake, and must not be passed over. */
  async #checkPlaces(): Promise<void> {
    const { differ } = this.#base;
    const { renames, drops, keeps, fills, fillsDown, keptOnDowngrade } = this.#answers;
    const real = await differ.schema();
    const wanted = differ.entities();
    const has = (
      schema: DatabaseSchema,
      { table, name }: { table: string; name: string | null },
    ) =>
      name === null
        ? schema.hasTable(table) || schema.hasView(table)
        : [schema.getTable(table)].some(
            (found) => found?.hasColumn(name) || found?.hasIndex(name) || found?.hasTrigger(name),
          );
    const newNames = new Map(
      renames.flatMap(({ from, to }) => (from.name === null ? [[to, from.table] as const] : [])),
    );
    const wrong = [
      ...renames.flatMap(({ from, to }) => {
        const old = { ...from, table: newNames.get(from.table) ?? from.table };
        if (!has(real, old)) return [`the database has no ${shown(from)} to rename`];
        const renamed = from.name === null ? { table: to, name: null } : { ...from, name: to };
        if (!has(wanted, renamed)) return [`no entity has ${shown(renamed)}`];
        const taken = from.name === null ? renamed : { ...old, name: to };
        if (has(real, taken)) return [`the database has ${shown(renamed)} already`];
        return [];
      }),
      ...[...drops, ...keeps]
        .filter((place) => !has(real, place))
        .map((place) => `the database has no ${shown(place)}`),
      ...fillsDown
        .map(toPlace)
        .filter((place) => !has(real, place))
        .map((place) => `the database has no ${shown(place)} to fill again`),
      ...[...fills, ...keptOnDowngrade]
        .map(toPlace)
        .filter((place) => !has(wanted, place))
        .map((place) => `no entity has ${shown(place)}`),
      ...drops
        .filter((place) => has(wanted, place))
        .map((place) => `the entities have ${shown(place)}`),
    ];
    if (wrong.length === 0) return;
    throw new Refusal('usage', {
      what: `An answer does not fit: ${wrong.join('; ')}.`,
      next: ['Draft without it to see what there is to answer.'],
    });
  }

  /** Adds the columns that rows need a value for, and gives them one. */
  async #fill(
    from: DatabaseSchema,
    to: DatabaseSchema,
    fills: DraftAnswers['fills'],
    direction: Direction,
  ): Promise<{ readonly statements: readonly string[]; readonly schema: DatabaseSchema }> {
    const { differ } = this.#base;
    if (fills.length === 0) return { statements: [], schema: from };
    const softened = (schema: DatabaseSchema) => {
      for (const { table, column } of fills) {
        const wanted = to.getTable(table)?.getColumn(column);
        const found = schema.getTable(table);
        if (!wanted || !found || found.hasColumn(column)) continue;
        // A default would come before the answer.
        const plain = { nullable: true, unique: false, primary: false, default: null };
        found.addColumn({ ...wanted, ...plain });
      }
      return schema;
    };
    const again = () => (direction === 'up' ? differ.schema() : Promise.resolve(differ.entities()));
    const add = await differ.statements(differ.compare(await again(), softened(await again())));
    const updates = fills.map(({ table, column, expression }) => {
      const name = this.#quote(column);
      return `update ${this.#quote(table)} set ${name} = ${expression} where ${name} is null;`;
    });
    return { statements: [...add, ...updates], schema: softened(await again()) };
  }

  /** Columns that a downgrade keeps: the upgrade has to bear that they are there. */
  #annotateKept(up: readonly string[], down: readonly string[]): void {
    const kept = this.#answers.keptOnDowngrade;
    if (kept.length === 0) return;
    for (const { table, column } of kept) {
      const adds = new RegExp(
        `^alter table ${escaped(this.#quote(table))} add (column )?${escaped(this.#quote(column))} `,
        'i',
      );
      const at = up.findIndex((sql) => adds.test(sql));
      if (at === -1) {
        throw new Refusal('usage', {
          what: `${table}.${column} can’t be kept on downgrade.`,
          why: 'The table is made anew to add it, which can’t be left out where it is there already.',
          next: ['Let the downgrade drop it, or allow it to be empty.'],
        });
      }
      const unless = this.#project.dialect.columnExists(table, column);
      this.#annotations.push({ direction: 'up', at, comments: [], unless });
    }
    const names = kept.map(({ table, column }) => `${table}.${column}`).join(', ');
    this.#annotations.push({
      direction: 'down',
      at: down.length - 1,
      comments: [`handrail: keep ${names} because a downgrade must not lose their values`],
      unless: null,
    });
  }

  /** What the entities say and the database has no place for: nobody would see why nothing changes. */
  #unkept(): string {
    const { unkept } = this.#project.dialect;
    const found = [...this.#project.orm.getMetadata().getAll().values()].flatMap((meta) =>
      Object.values(meta.properties).flatMap((property) =>
        property.persist === false
          ? []
          : unkept
              .filter((each) => property[each] !== undefined && property[each] !== null)
              .map(
                (each) =>
                  `${each} of ${meta.tableName}.${property.fieldNames?.[0] ?? property.name}`,
              ),
      ),
    );
    if (found.length === 0) return '';
    return ` The database keeps no ${unkept.join(' and no ')}, so no draft changes ${listOf(found)}.`;
  }

  #nothingToDo({ compared, leftAlone }: Draft): Refusal {
    const unkept = this.#unkept();
    const alone = leftAlone.length > 0 ? ` Left alone: ${leftAlone.join(', ')}.` : '';
    return new Refusal('nothing-to-do', {
      what: 'There is nothing to draft: the database is what the entities say.',
      why: compared + alone + unkept,
      next: ['For a change of data, make a blank draft: handrail draft --blank --name …'],
    });
  }
}

function toPlace({ table, column }: { readonly table: string; readonly column: string }) {
  return { table, name: column };
}

function shown({ table, name }: { readonly table: string; readonly name: string | null }): string {
  return name === null ? table : `${table}.${name}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
