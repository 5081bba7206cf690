/**
 * Drafts the next revision: what would make a database, on which every other revision is run, what
 * the entities say. Nothing of the project is written; the base is a throwaway on which each
 * answer and the draft itself are tried.
 */

import type { Column, DatabaseSchema, SchemaDifference } from '@mikro-orm/sql';
import type { Direction } from '../../contract/direction.ts';
import type {
  Draft,
  DraftAnswers,
  DraftChange,
  DraftQuestion,
  DraftRequest,
  Place,
} from '../../contract/draft.ts';
import {
  described,
  nameOf,
  type ObjectRef,
  objectsNamed,
  sameObject,
} from '../../contract/object-ref.ts';
import { oneLine } from '../../text/escape.ts';
import { shownSql } from '../../text/literals.ts';
import { messageOf } from '../../util/error-message.ts';
import type { BothWays, SchemaObject } from '../databases/catalogue.ts';
import type { InTheWay } from '../databases/drafting.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import type { Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { disconnect, type Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import {
  findInequalities,
  isAbout,
  isMadeOf,
  objectsOfEntities,
  usualSchema,
} from '../rehearsal/entity-difference.ts';
import { type Inequality, isObject } from '../rehearsal/equality.ts';
import type { Annotation } from '../revision-source/rewrite.ts';
import { readHistory } from '../revisions/history.ts';
import { tableOf } from '../revisions/migrations-table.ts';
import { type Base, openBase, readSnapshot, type Snapshot } from './base.ts';
import {
  addedColumnsOf,
  changesOf,
  downQuestionsOf,
  includes,
  questionsOf,
  shortenedQuestionsOf,
  unnamedStatements,
} from './changes.ts';
import { entriesOf } from './entries.ts';
import type { WithEnums } from './enums.ts';
import { fileOf } from './file.ts';
import { completeGoing } from './going.ts';
import { like, namesIn, resolveNames } from './names.ts';
import { listOf, snapshotDifference } from './preconditions.ts';
import { settle } from './settle.ts';
import { offered, tryDraft } from './trial.ts';
import { type GivenType, hasGivenFunction, leaveUnknownAlone, mirror } from './unknown.ts';

/** A blank draft does this, so that there is something in it (Migrator.js does the same). */
const NOTHING = 'select 1';

/**
 * @throws Refusal `not-up-to-date`, `drifted`, `missing-file`, `nothing-to-do`, `not-draftable`, `usage`,
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
      leftAloneObjects: [],
      notes: [],
      trial: null,
      // The entities are not in it, so what MikroORM knows of them stays as it was.
      file: { ...file, snapshot: null },
    };
  }
  const base = await openBase({ project, history, throwaways, events }, request.base);
  try {
    const made = await new Drafting(project, base, request, throwaways).make();
    if (made.contents === null) return made.draft;
    const file = await fileOf(project, history, request.name, made.contents, new Date());
    const { sandbox } = base;
    const context = { project, history, throwaways, events, sandbox, base: request.base };
    const tried = await tryDraft(context, file);
    // Where it was tried in the place of the base, that has nothing of it.
    if (tried.trial.failure === null && !sandbox.throwaway.instead) {
      const now = await sandbox.throwaway.objects();
      checkLeftAlone(made.leftAlone, now);
      checkRebuilt(made.rebuilt, now);
    }
    return offered(made.draft, tried, request.answers);
  } finally {
    await base.sandbox.close();
  }
}

/** A column that gets another type. */
interface Retyped extends Place {
  readonly ref: ObjectRef;
  readonly from: string;
  readonly to: string;
  /** MikroORM takes it for the type that it is made of. */
  readonly fromDomain: boolean;
}

interface Made {
  readonly draft: Draft;
  readonly contents: Parameters<typeof fileOf>[3] | null;
  /** As it is before the draft. */
  readonly leftAlone: readonly SchemaObject[];
  /** What is dropped and made again, with what people said of it, as it is before the draft. */
  readonly rebuilt: readonly SchemaObject[];
}

class Drafting {
  readonly #project: Project;
  readonly #base: Base;
  readonly #request: DraftRequest;
  /** With the names that the database and the entities have. */
  #answers: DraftAnswers;
  readonly #notes: string[];
  readonly #annotations: Annotation[] = [];
  readonly #throwaways: Throwaways;
  /** Of the base, with the renames. */
  #objects: readonly SchemaObject[] = [];
  /** What the entities make of an empty database. */
  #wanted: readonly SchemaObject[] = [];
  /** How these differ; null where that is not known. */
  #found: readonly Inequality[] | null = null;

  constructor(project: Project, base: Base, request: DraftRequest, throwaways: Throwaways) {
    this.#project = project;
    this.#base = base;
    this.#request = request;
    this.#answers = request.answers;
    this.#throwaways = throwaways;
    this.#notes = [...base.notes];
  }

  async make(): Promise<Made> {
    const { sandbox } = this.#base;
    const snapshot = await readSnapshot(this.#project);
    const { renames, wrong } = await sandbox.connected(async () => {
      if (snapshot) await this.#noteSnapshot(snapshot);
      const misread = await this.#resolveNames();
      const found = misread.length > 0 ? misread : await this.#wrongPlaces();
      const renames = this.#renames();
      if (found.length === 0) for (const sql of renames.up) await this.#query(sql);
      return { renames, wrong: found };
    });
    await this.#compareCatalogues();
    const made = await sandbox.connected(() => this.#makeConnected(renames, snapshot, wrong));
    return { ...made, draft: { ...made.draft, notes: this.#notes } };
  }

  /** What the server says of the differences, before anything but renames is changed. */
  async #compareCatalogues(): Promise<void> {
    const { sandbox } = this.#base;
    this.#objects = await sandbox.throwaway.objects();
    const made = await this.#throwaways.empty('entities');
    try {
      this.#wanted = await objectsOfEntities(this.#project, made, this.#objects);
      this.#found = await findInequalities(sandbox, this.#objects, this.#wanted);
    } catch (error) {
      this.#notes.push(
        `What the entities make of an empty database is not known: ${messageOf(error)}`,
      );
    } finally {
      await made.drop();
    }
  }

  async #makeConnected(
    renames: BothWays,
    snapshot: Snapshot | null,
    wrong: readonly string[],
  ): Promise<Made> {
    const { differ, compared } = this.#base;
    const { base } = this.#request;
    const usual = this.#usual;
    const difference = this.#settled(differ.compare(await differ.schema(), differ.entities()));
    const choices = this.#resolve(difference, wrong);
    const answers = {
      ...this.#answers,
      drops: choices.drops.map(placeOf),
      keeps: choices.keeps.map(placeOf),
    };
    const context = {
      objects: this.#objects,
      usual,
      ...choices,
      renames: answers.renames,
      snapshot: snapshot?.schema ?? null,
      givenName: (table: string, columns: readonly string[], type: GivenType) =>
        this.#project.driver.getPlatform().getIndexName(table, [...columns], type),
    };
    const { leftAlone, asked } = leaveUnknownAlone(difference, context);
    const others = await this.#remedies(difference, choices.drops);
    const alters = this.#retyped();
    const questions = [
      ...(await questionsOf(difference, answers, this.#count, this.#quote, usual)),
      ...asked.map(goneQuestion),
    ];
    const decided = questions.every(({ kind }) => kind !== 'gone');
    const conversions = await this.#conversions(alters);
    if (decided) {
      questions.push(
        ...conversions.questions,
        ...(await shortenedQuestionsOf(difference, answers, this.#count, this.#quote)),
        ...(await downQuestionsOf(difference, answers, this.#count)),
      );
    }
    const alone = this.#alone(difference, [...choices.drops, ...asked], leftAlone);
    const draft: Draft = {
      base,
      compared,
      changes: [...changesOf(difference, answers), ...others.changes],
      questions,
      addedColumns: addedColumnsOf(difference),
      leftAlone: alone.map(described),
      leftAloneObjects: alone,
      notes: [],
      trial: null,
      file: null,
    };
    this.#noteSettings();
    const untouched = this.#objects.filter(({ ref }) =>
      alone.some((each) => sameObject(each, ref)),
    );
    if (questions.length > 0) return { draft, contents: null, leftAlone: untouched, rebuilt: [] };

    const before = completeGoing(await differ.schema(), differ.entities(), this.#objects, usual);
    const texts = await differ.texts();
    const first = this.#first();
    const given = (wanted: Direction) =>
      conversions.given.filter(({ direction }) => direction === wanted);
    const retyping = this.#retyping(difference, alters, conversions.given);
    const filled = await this.#fill(before, differ.entities(), answers.fills, 'up');
    const write = async (alone: DraftAnswers['keptOnDowngrade']) => {
      // Fresh, since writing changes them.
      const from = alone.length > 0 ? await filled.again() : filled.schema;
      const rest = this.#settled(differ.compare(from, differ.entities()));
      leaveUnknownAlone(rest, context);
      for (const entry of entriesOf(rest, usual)) {
        if (others.taken.some((ref) => isAbout(entry.ref, ref))) entry.leaveOut();
      }
      const added = await this.#addAlone(rest, alone);
      return [
        ...filled.statements,
        ...added,
        ...(await differ.statements(rest, 'up', texts, given('up'))),
      ];
    };
    const whole = await write([]);
    const notAlone = answers.keptOnDowngrade.filter(
      (column) => this.#adds(whole, column) === undefined,
    );
    const written = notAlone.length > 0 ? await write(notAlone) : whole;
    const emptied = await this.#fill(differ.entities(), before, answers.fillsDown, 'down');
    const back = this.#withoutKept(
      mirror(differ.compare(emptied.schema, before), difference, usual),
    );
    const { schema: recordIn } = tableOf(this.#project);
    if (recordIn !== null && back.removedNamespaces.delete(recordIn)) {
      this.#notes.push(
        `The downgrade leaves the schema ${recordIn}: MikroORM’s record of the revisions is in it.`,
      );
    }
    for (const { type, removed } of first.down.length > 0 ? [] : (back.enums ?? [])) {
      if (removed.length === 0) continue;
      this.#notes.push(
        `The downgrade takes ${removed.map((value) => `'${value}'`).join(', ')} out of ${type}, and fails while rows have it. Give them another value first: --first-down 'update …'`,
      );
    }
    const changing = [...written, ...retyping.up, ...others.last.up];
    const way = await this.#makeWay(changing, difference, choices.drops);
    const up = [
      ...renames.up,
      ...first.up,
      ...others.first.up,
      ...way.drop,
      ...changing,
      ...way.make,
    ];
    if (up.length === 0) throw this.#nothingToDo(draft);
    const down = [
      ...first.down,
      ...way.drop,
      ...others.last.down,
      ...retyping.down,
      ...emptied.statements,
      ...this.#toDomains(await differ.statements(back, 'down', texts, given('down')), alters),
      ...this.#withoutSequences(up),
      ...way.make,
      ...others.first.down,
      ...renames.down,
    ];
    // MikroORM leaves an empty downgrade out, and the revision would be irreversible.
    const reversed = down.length > 0 ? down : [NOTHING];
    this.#annotateKept(up, reversed);
    this.#annotateDropped(difference, choices.drops);
    // It is tried from the state that it starts with.
    for (const sql of renames.down) await this.#query(sql);
    const own = [...others.first.up, ...retyping.up, ...others.last.up, ...way.drop, ...way.make];
    const changes = [
      ...draft.changes,
      ...retyping.changes,
      ...way.changes,
      ...unnamedStatements(
        up.filter((sql) => !own.includes(sql)),
        draft.changes,
      ),
    ];
    const contents = { up, down: reversed, annotations: this.#annotations };
    const isMadeAgain = (ref: ObjectRef) =>
      way.rebuilt.some((object) => sameObject(object.ref, ref));
    const left = alone.filter((ref) => !isMadeAgain(ref));
    return {
      draft: { ...draft, changes, leftAlone: left.map(described), leftAloneObjects: left },
      contents,
      leftAlone: untouched,
      rebuilt: way.rebuilt,
    };
  }

  /**
   * What depends on columns that change, dropped before and made again as it was.
   *
   * @throws Refusal `unsafe-rebuild` for what can't be made again
   */
  async #makeWay(
    changing: readonly string[],
    difference: SchemaDifference,
    drops: readonly ObjectRef[],
  ) {
    const { dialect, target } = this.#project;
    // A definition from the catalogue names its schema.
    const met = target.manySchemas ? null : await dialect.inTheWay?.(changing, this.#query);
    // Those that are dropped by choice are gone by then.
    const stays = ({ ref }: { readonly ref: InTheWay['blocking'][number]['ref'] }) =>
      !drops.some((each) => ref.name !== null && sameObject(each, { ...ref, name: ref.name }));
    const blocking = met?.blocking.filter(stays) ?? [];
    if (blocking.length > 0) throw inTheWayOf(blocking);
    const going = met?.rebuilt.filter(stays) ?? [];
    const written = entriesOf(difference, this.#usual);
    const again = going.filter(
      ({ ref }) => !written.some(({ ref: other }) => sameObject(other, ref)),
    );
    return {
      drop: going.map(({ drop }) => drop),
      make: again.toReversed().flatMap(({ make }) => make),
      changes: again.map(
        ({ ref }): DraftChange => ({
          kind: 'change',
          what: described(ref),
          detail: 'dropped and made again as it is, since it uses a column that changes',
        }),
      ),
      rebuilt: this.#objects.filter(({ table, ref }) =>
        again.some(
          (each) =>
            sameObject(each.ref, ref) ||
            table === nameOf(each.ref) ||
            nameOf(ref) === nameOf(each.ref),
        ),
      ),
    };
  }

  get #usual(): string | null {
    return usualSchema(this.#base.sandbox.project);
  }

  /** Without what is equal for the server. */
  #settled(difference: WithEnums): WithEnums {
    if (this.#found !== null) {
      settle(difference, this.#found, this.#usual, this.#project.dialect.equality);
    }
    return difference;
  }

  /** Which objects the answers mean. */
  #resolve(
    difference: SchemaDifference,
    found: readonly string[],
  ): {
    readonly drops: readonly ObjectRef[];
    readonly keeps: readonly ObjectRef[];
  } {
    const { drops, keeps } = this.#answers;
    const real = this.#objects.filter(isObject).map(({ ref }) => ref);
    const removed = entriesOf(difference, this.#usual)
      .filter(({ change, ref }) => change === 'remove' && !real.some((each) => isAbout(ref, each)))
      .map(({ ref }) => ref);
    const wrong = [...found];
    const meant = (place: Place): readonly ObjectRef[] => {
      const known = [...real, ...removed];
      const named = objectsNamed(shown(place), known);
      const renamed = this.#answers.renames.find(
        ({ from }) => from.name === null && from.table === place.table,
      );
      const objects =
        named.length > 0 || !renamed
          ? named
          : objectsNamed(shown({ ...place, table: renamed.to }), known);
      if (objects.length === 0)
        wrong.push(`the database has no ${shown(place)}${like(shown(place), known)}`);
      if (objects.length > 1) {
        wrong.push(`${shown(place)} may be ${objects.map(described).join(' or ')}`);
      }
      return objects;
    };
    const answers = { drops: drops.flatMap(meant), keeps: keeps.flatMap(meant) };
    wrong.push(
      ...answers.drops
        .filter((ref) => this.#wanted.some((object) => sameObject(object.ref, ref)))
        .map((ref) => `the entities have ${nameOf(ref)}`),
    );
    refuseWrong(wrong);
    return answers;
  }

  /** What no entity knows, and the draft does not touch. */
  #alone(
    difference: SchemaDifference,
    decided: readonly ObjectRef[],
    leftAlone: readonly ObjectRef[],
  ): readonly ObjectRef[] {
    const touched = entriesOf(difference, this.#usual).filter(({ change }) => change !== 'add');
    const unknown = (this.#found ?? []).filter(
      ({ kind, ref, real }) =>
        kind === 'unknown' &&
        ref.kind !== 'comment' &&
        !this.#isCalledOtherwise(difference, ref) &&
        !decided.some((each) => sameObject(each, ref)) &&
        !touched.some(
          (entry) =>
            isAbout(entry.ref, ref) ||
            isMadeOf(entry.ref, ref) ||
            // Where references have no names, they are known by their columns.
            (entry.ref.kind === 'foreign key' &&
              ref.kind === 'foreign key' &&
              entry.ref.table === ref.table &&
              entry.columns.join(', ').toLowerCase() === ref.name.toLowerCase()) ||
            (entry.change === 'remove' &&
              entry.ref.kind === 'column' &&
              entry.ref.table === ref.table &&
              entry.ref.schema === ref.schema &&
              real?.columns.includes(entry.ref.name)),
        ),
    );
    const refs = unknown.map(({ ref }) => ref);
    return [...refs, ...leftAlone.filter((ref) => !refs.some((each) => sameObject(each, ref)))];
  }

  /** Where the catalogue has no names of checks, MikroORM tells of those that it knows. */
  #isCalledOtherwise({ fromSchema }: SchemaDifference, { kind, table }: ObjectRef): boolean {
    if (kind !== 'check' || this.#project.dialect.equality.namesConstraints) return false;
    const checks = this.#objects.filter(({ ref }) => ref.kind === kind && ref.table === table);
    const known = fromSchema.getTable(table ?? '')?.getChecks() ?? [];
    return known.length >= checks.length;
  }

  /** Statements for what MikroORM can't write: what is to be dropped, and what it does not see. */
  async #remedies(difference: SchemaDifference, drops: readonly ObjectRef[]) {
    // A definition from the catalogue names its schema.
    const { dialect, target } = this.#project;
    const remedies = target.manySchemas ? null : dialect.remedies;
    const entries = entriesOf(difference, this.#usual);
    const first: BothWays[] = [];
    const last: BothWays[] = [];
    const after: BothWays[] = [];
    const taken: ObjectRef[] = [];
    const changes: DraftChange[] = [];
    const wrong: string[] = [];
    for (const ref of drops) {
      const known = entries.filter((entry) => isAbout(entry.ref, ref));
      const object = this.#objects.find((each) => sameObject(each.ref, ref));
      const reads = dialect.remedies === null || !isMisread(ref, object, this.#objects);
      if (known.length > 0 && reads) continue;
      const both = object && remedies?.removal(object);
      if (!remedies || !both) {
        wrong.push(`Handrail can’t write how ${described(ref)} is made again`);
        continue;
      }
      for (const entry of known) entry.leaveOut();
      taken.push(ref);
      // What others use goes after them, and is there before them.
      if (await remedies.isUsed(object, this.#query)) after.push(both);
      else first.push(both);
      changes.push({ kind: 'drop', what: described(ref), detail: '' });
    }
    refuseWrong(wrong);
    const seen: ObjectRef[] = [];
    for (const { hurts, ref, made, real } of this.#found ?? []) {
      if (!hurts || made === null || seen.some((each) => sameObject(each, ref))) continue;
      seen.push(ref);
      const written = entries.some((entry) => isAbout(entry.ref, ref));
      const both = remedies?.equalize(made, real, this.#objects, written);
      if (!both) continue;
      last.push(both);
      const [is, wanted] = [real?.column?.numbersTo, made.column?.numbersTo];
      changes.push(
        written && is && wanted && is !== wanted
          ? { kind: 'change', what: `numbering of ${nameOf(ref)}`, detail: `${is} → ${wanted}` }
          : {
              kind: real === null ? 'add' : 'change',
              what: described(ref),
              detail:
                real === null
                  ? oneLine(shownSql(made.text))
                  : `${oneLine(shownSql(real.text))} → ${oneLine(shownSql(made.text))}`,
            },
      );
    }
    return { first: joined(first), last: joined([...last, ...after]), taken, changes };
  }

  /** Columns that get another type, as the server tells. */
  #retyped(): readonly Retyped[] {
    const { typeOf } = this.#project.dialect.equality;
    const found = (this.#found ?? []).flatMap(({ kind, hurts, ref, made, real }): Retyped[] => {
      const [is, wanted] = [real?.column, made?.column];
      if (kind !== 'different' || !hurts || !is || !wanted) return [];
      const [from, to] = [is.type, wanted.type];
      const retyped = { ...placeOf(ref), ref, from, to, fromDomain: is.base !== from };
      return [is.base, from].some((type) => typeOf(type) === typeOf(to)) ? [] : [retyped];
    });
    return found.filter(
      ({ ref }, at) => found.findIndex((each) => sameObject(each.ref, ref)) === at,
    );
  }

  /** What values become where that was said, and what is to be asked. */
  async #conversions(retyped: readonly Retyped[]): Promise<{
    readonly given: DraftAnswers['conversions'];
    readonly questions: readonly DraftQuestion[];
  }> {
    const { conversions: dialect } = this.#project.dialect;
    const wrong: string[] = [];
    for (const { table, column, direction, expression } of this.#answers.conversions) {
      if (!retyped.some((each) => each.table === table && each.name === column)) {
        wrong.push(`${table}.${column} gets no other type`);
        continue;
      }
      const problem = await this.#problemOf(expression, direction === 'up' ? table : null);
      if (problem !== null) wrong.push(`${expression} for ${table}.${column}: ${problem}`);
    }
    refuseWrong(wrong);
    const given = [...this.#answers.conversions];
    const questions: DraftQuestion[] = [];
    for (const { table, name: column, from, to } of retyped) {
      if (column === null) continue;
      const quoted = this.#quote(column);
      const answer = (wanted: Direction) =>
        given.find(
          (each) => each.direction === wanted && each.table === table && each.column === column,
        );
      for (const direction of ['up', 'down'] as const) {
        if (answer(direction)) continue;
        const [before, after] = direction === 'up' ? [from, to] : [to, from];
        const needed = await dialect.needed(before, after, quoted, this.#query);
        if (needed === null) continue;
        const other = answer('up')?.expression;
        const inverse = other === undefined ? null : dialect.inverse(other);
        if (direction === 'down' && inverse !== null) {
          given.push({ direction, table, column, expression: inverse });
          continue;
        }
        const rows = await this.#count(table, `${quoted} is not null`);
        const types = { from: before, to: after };
        questions.push({ kind: 'convert', direction, table, column, ...types, rows, ...needed });
        // The way back may follow from the answer.
        if (needed.why === 'zone') break;
      }
    }
    return { given, questions };
  }

  /** Why an expression can’t stand for the values of a table, if it is known; null if it can. */
  async #problemOf(expression: string, table: string | null): Promise<string | null> {
    const from = table === null ? '' : ` from ${this.#quote(table)} limit 0`;
    const sql = `select (${expression})${from}`;
    try {
      const statements = await this.#project.dialect.statementsIn(sql);
      if (statements.length !== 1) return 'it is more than one expression';
      if (table !== null) await this.#query(sql);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /** New types that MikroORM does not see, where somebody decided about the values. */
  #retyping(
    { changedTables }: SchemaDifference,
    retyped: readonly Retyped[],
    given: DraftAnswers['conversions'],
  ): BothWays & { readonly changes: readonly DraftChange[] } {
    const seen = Object.values(changedTables);
    const both: BothWays[] = [];
    const changes: DraftChange[] = [];
    for (const { table, name, ref, from, to } of retyped) {
      const isSeen = seen.some(
        (changed) =>
          changed.toTable.name === ref.table &&
          changed.changedColumns[ref.name]?.changedProperties.has('type'),
      );
      if (isSeen || name === null) continue;
      const statement = (direction: Direction, type: string) => {
        const found = given.find(
          (each) => each.direction === direction && each.table === table && each.column === name,
        );
        if (!found) return null;
        const names = [this.#quote(table), this.#quote(name)] as const;
        return this.#project.dialect.conversions.statement(...names, type, found.expression);
      };
      const [up, down] = [statement('up', to), statement('down', from)];
      if (up === null || down === null) continue;
      both.push({ up: [up], down: [down] });
      changes.push({ kind: 'change', what: described(ref), detail: `${from} → ${to}` });
    }
    return { ...joined(both), changes };
  }

  /** The way back to a domain, which MikroORM does not know. */
  #toDomains(statements: readonly string[], retyped: readonly Retyped[]): readonly string[] {
    const { conversions } = this.#project.dialect;
    return statements.map((sql) => {
      for (const { table, name, from, fromDomain } of retyped) {
        if (!fromDomain || name === null) continue;
        const names = [this.#quote(table), this.#quote(name)] as const;
        const using = / using \((.*)\);?$/s.exec(sql)?.[1];
        if (conversions.converting(sql, ...names, '') === null) continue;
        const given = this.#answers.conversions.find(
          (each) => each.direction === 'down' && each.table === table && each.column === name,
        );
        const expression = given && using ? using : `${names[1]}::${from}`;
        return conversions.statement(...names, from, expression) ?? sql;
      }
      return sql;
    });
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

  /** MikroORM makes the sequence of a column that is numbered from now on, and leaves it in its downgrade. */
  #withoutSequences(up: readonly string[]): readonly string[] {
    return up.flatMap((sql) => {
      const name = /^create sequence if not exists (.*?);?$/i.exec(sql)?.[1];
      return name === undefined ? [] : [`drop sequence if exists ${name};`];
    });
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

  readonly #query: RawQuery = <Row>(sql: string) =>
    this.#base.sandbox.project.connection.execute<Row[]>(sql, [], 'all');

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

  /** What of the answers names nothing, or more than one thing. */
  async #resolveNames(): Promise<readonly string[]> {
    const { differ } = this.#base;
    const [real, wanted] = [await differ.schema(), differ.entities()].map((schema) =>
      namesIn(schema, this.#usual),
    );
    const { answers, wrong } = resolveNames(this.#answers, real ?? [], wanted ?? []);
    this.#answers = answers;
    return wrong;
  }

  /** An answer about nothing is a mistake, and must not be passed over. */
  async #wrongPlaces(): Promise<readonly string[]> {
    const { differ } = this.#base;
    const { renames, fills, fillsDown, keptOnDowngrade } = this.#answers;
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
    return [
      ...renames.flatMap(({ from, to }) => {
        const old = { ...from, table: newNames.get(from.table) ?? from.table };
        if (!has(real, old)) return [`the database has no ${shown(from)} to rename`];
        const renamed = from.name === null ? { table: to, name: null } : { ...from, name: to };
        if (!has(wanted, renamed)) return [`no entity has ${shown(renamed)}`];
        const taken = from.name === null ? renamed : { ...old, name: to };
        if (has(real, taken)) return [`the database has ${shown(renamed)} already`];
        return [];
      }),
      ...fillsDown
        .map(toPlace)
        .filter((place) => !has(real, place))
        .map((place) => `the database has no ${shown(place)} to fill again`),
      ...[...fills, ...keptOnDowngrade]
        .map(toPlace)
        .filter((place) => !has(wanted, place))
        .map((place) => `no entity has ${shown(place)}`),
    ];
  }

  /** Adds the columns that rows need a value for, and gives them one. */
  async #fill(
    from: DatabaseSchema,
    to: DatabaseSchema,
    fills: DraftAnswers['fills'],
    direction: Direction,
  ): Promise<{
    readonly statements: readonly string[];
    readonly schema: DatabaseSchema;
    readonly again: () => Promise<DatabaseSchema>;
  }> {
    const { differ } = this.#base;
    const start = () => (direction === 'up' ? differ.schema() : Promise.resolve(differ.entities()));
    if (fills.length === 0) return { statements: [], schema: from, again: start };
    const softened = async (count: number) => {
      const schema = await start();
      for (const { table, column } of fills.slice(0, count)) {
        const wanted = to.getTable(table)?.getColumn(column);
        const found = schema.getTable(table);
        if (wanted && found && !found.hasColumn(column)) found.addColumn(softenedColumn(wanted));
      }
      return schema;
    };
    // Each by itself, as it may be one that is there already.
    const add: string[] = [];
    for (const at of fills.keys()) {
      const difference = differ.compare(await softened(at), await softened(at + 1));
      add.push(...(await differ.statements(difference)));
    }
    const updates = fills.map((fill) => this.#update(fill));
    const again = () => softened(fills.length);
    return { statements: [...add, ...updates], schema: await again(), again };
  }

  #update({ table, column, expression }: DraftAnswers['fills'][number]): string {
    const name = this.#quote(column);
    return `update ${this.#quote(table)} set ${name} = ${expression} where ${name} is null;`;
  }

  /**
   * Takes columns out of a difference, and adds each by a statement that does nothing else. What
   * can’t be added so is added empty, filled with its default, and changed with the rest.
   */
  async #addAlone(
    rest: SchemaDifference,
    columns: DraftAnswers['keptOnDowngrade'],
  ): Promise<readonly string[]> {
    const { differ } = this.#base;
    const statements: string[] = [];
    for (const { table, column } of columns) {
      const changed = Object.values(rest.changedTables).find(({ name }) => name === table);
      const wanted = changed?.addedColumns[column];
      if (!changed || !wanted) continue;
      const alone = await differ.adding(changed, wanted);
      if (this.#adds(alone, { table, column }) !== undefined) {
        statements.push(...alone);
      } else {
        const empty = softenedColumn(wanted);
        const given = wanted.default;
        statements.push(...(await differ.adding(changed, empty)));
        if (given != null && given !== 'null') {
          statements.push(this.#update({ table, column, expression: given }));
        }
        const changedProperties = new Set(['nullable', 'default']);
        const difference = { oldColumnName: column, column: wanted, fromColumn: empty };
        changed.changedColumns[column] = { ...difference, changedProperties };
      }
      delete changed.addedColumns[column];
    }
    return statements;
  }

  /** Where one statement adds a column, and does nothing else; undefined if none does. */
  #adds(
    statements: readonly string[],
    { table, column }: DraftAnswers['keptOnDowngrade'][number],
  ): number | undefined {
    const adds = new RegExp(
      `^alter table ${escaped(this.#quote(table))} add (column )?${escaped(this.#quote(column))} `,
      'i',
    );
    const at = statements.findIndex((sql) => adds.test(sql) && !/,\s+add\s/i.test(sql));
    return at === -1 ? undefined : at;
  }

  /** Columns that a downgrade keeps: the upgrade has to bear that they are there. */
  #annotateKept(up: readonly string[], down: readonly string[]): void {
    const kept = this.#answers.keptOnDowngrade;
    if (kept.length === 0) return;
    for (const { table, column } of kept) {
      const at = this.#adds(up, { table, column });
      if (at === undefined) {
        throw new Refusal('usage', {
          what: `${table}.${column} can’t be kept on downgrade.`,
          why: 'No statement of the draft adds it by itself, which could be left out where it is there already.',
          next: ['Let the downgrade drop it.'],
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

  /** A rehearsal would take what goes beside something new for renamed. */
  #annotateDropped(difference: SchemaDifference, drops: readonly ObjectRef[]): void {
    const added = entriesOf(difference, this.#usual).filter(({ change }) => change === 'add');
    const names = drops
      .filter(({ kind, schema, table }) =>
        added.some(
          ({ ref }) =>
            ref.kind === kind &&
            (kind === 'table' ||
              (kind === 'column' && ref.schema === schema && ref.table === table)),
        ),
      )
      .map(nameOf);
    if (names.length === 0) return;
    const comments = [`handrail: drop ${names.join(', ')}`];
    this.#annotations.push({ direction: 'up', at: 0, comments, unless: null });
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

  #nothingToDo({ compared, leftAlone, leftAloneObjects }: Draft): Refusal {
    const unkept = this.#unkept();
    const alone = leftAlone.length > 0 ? ` Left alone: ${leftAlone.join(', ')}.` : '';
    const differs = (this.#found ?? [])
      .filter(({ hurts, kind }) => hurts && kind !== 'unknown')
      .map(({ words }) => words);
    if (differs.length > 0 || this.#found === null) {
      return new Refusal('not-draftable', {
        what:
          differs.length > 0
            ? 'The database is not what the entities say, and Handrail can’t write the change.'
            : 'Whether the database is what the entities say is not known.',
        why: `${compared} ${listOf(differs.length > 0 ? differs : this.#notes)}${alone}${unkept}`,
        next: [
          'Write the change by hand, in a blank draft: handrail draft --blank --name …',
          'Or let the entities say what the database has.',
        ],
      });
    }
    return new Refusal('nothing-to-do', {
      what: 'There is nothing to draft: the database is what the entities say.',
      why: compared + alone + unkept,
      next: [
        'For a change of data, make a blank draft: handrail draft --blank --name …',
        ...leftAloneObjects
          .slice(0, 1)
          .map((ref) => `If an entity used to have what is left alone: --drop '${described(ref)}'`),
      ],
    });
  }
}

function joined(each: readonly BothWays[]): BothWays {
  return {
    up: each.flatMap(({ up }) => up),
    down: each.toReversed().flatMap(({ down }) => down),
  };
}

/** As an answer has it. */
function placeOf(ref: ObjectRef): Place {
  if (ref.table === null) return { table: nameOf(ref), name: null };
  return { table: nameOf({ ...ref, kind: 'table', table: null, name: ref.table }), name: ref.name };
}

/** @throws Refusal `usage` */
function refuseWrong(wrong: readonly string[]): void {
  if (wrong.length === 0) return;
  throw new Refusal('usage', {
    what: `An answer does not fit: ${wrong.join('; ')}.`,
    next: ['Draft without it to see what there is to answer.'],
  });
}

function goneQuestion(object: ObjectRef): DraftQuestion {
  return { kind: 'gone', place: placeOf(object), object, holds: null, candidates: [] };
}

/**
 * A statement can take along what depends on what it changes.
 *
 * @throws Refusal `unsafe-rebuild`
 */
function checkLeftAlone(was: readonly SchemaObject[], now: readonly SchemaObject[]): void {
  const there = new Set(now.map(({ id }) => id));
  const gone = was.filter(({ id }) => !there.has(id));
  if (gone.length === 0) return;
  throw new Refusal('unsafe-rebuild', {
    what: `${gone.map(({ ref }) => described(ref)).join(', ')} can’t be left alone.`,
    why: 'The change takes it along: it depends on what is dropped.',
    next: [
      ...gone.map(({ ref }) => `Drop it knowingly: --drop '${described(ref)}'`),
      'Or put it into the entity.',
    ],
  });
}

/**
 * What people said of what is made again has to be there again: rights, comments, whose it is.
 *
 * @throws Refusal `unsafe-rebuild`
 */
function checkRebuilt(was: readonly SchemaObject[], now: readonly SchemaObject[]): void {
  const isView = ({ kind }: SchemaObject) => kind === 'view' || kind === 'materialized view';
  // Their types follow those of the columns.
  const follows = (object: SchemaObject) => isView(object) || object.kind === 'column';
  const changed = was.filter(
    (object) =>
      !now.some(({ id, text }) => id === object.id && (follows(object) || text === object.text)),
  );
  if (changed.length === 0) return;
  throw new Refusal('unsafe-rebuild', {
    what: `A view can’t be made again as it is: ${changed.map(({ id }) => id).join(', ')} would not be the same.`,
    why: 'It uses a column that changes, so it has to be dropped before.',
    next: [
      ...was.filter(isView).map(({ ref }) => `Drop it knowingly: --drop '${described(ref)}'`),
      'Or write the change by hand, in a blank draft: handrail draft --blank --name …',
    ],
  });
}

function inTheWayOf(blocking: InTheWay['blocking']): Refusal {
  const isGone = blocking.some(({ change }) => change === 'drop');
  const named = blocking.flatMap(({ ref }) =>
    ref.name === null ? [] : [`--drop '${described({ ...ref, name: ref.name })}'`],
  );
  return new Refusal('unsafe-rebuild', {
    what: `${blocking.map(({ what, place }) => `${what} uses ${place}`).join('; ')}.`,
    why: isGone
      ? 'It would have to be dropped with the column, or be written without it.'
      : 'It would have to be dropped for the change and made again, and Handrail can’t write that.',
    next:
      named.length > 0
        ? [
            `Drop it knowingly: ${named.join(' ')}`,
            'Or write the change by hand, in a blank draft: handrail draft --blank --name …',
          ]
        : ['Write the change by hand, in a blank draft: handrail draft --blank --name …'],
  });
}

/**
 * MikroORM takes an exclusion constraint for an index, which can’t be dropped without it, the whole
 * definition of a function for its body, where that is not a text, and whatever a trigger calls for
 * a function that it made for it. Of a unique constraint it does not see what becomes of NULL.
 */
function isMisread(
  ref: ObjectRef,
  object: SchemaObject | undefined,
  objects: readonly SchemaObject[],
): boolean {
  const { kind } = ref;
  if (kind === 'exclusion') return true;
  if (kind === 'trigger') return object !== undefined && !hasGivenFunction(ref, objects);
  if (kind === 'unique') return object !== undefined && /\bnulls not distinct\b/i.test(object.text);
  const isRoutine = kind === 'function' || kind === 'procedure';
  return isRoutine && object !== undefined && /^(?:begin atomic|return\b)/im.test(object.text);
}

/** It may be empty, and a default would come before a value that somebody gave. */
function softenedColumn(column: Column): Column {
  return { ...column, nullable: true, unique: false, primary: false, default: null };
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
