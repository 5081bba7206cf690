/**
 * The ways on with a revision that is half done, found out on throwaways: the target is only read.
 *
 * What the schema is without the revision, and with each of its statements, is seen on an empty
 * database that the applied revisions are replayed on. What an undo does is seen on a copy of the
 * target as it is.
 */

import type { Direction } from '../../contract/direction.ts';
import type { HalfDone, Resolution } from '../../contract/half-done.ts';
import { stateOf } from '../../contract/half-done.ts';
import type { History } from '../../contract/history.ts';
import type { ResolutionOption, Resolutions, ResolutionWay } from '../../contract/resolution.ts';
import type { LiteralPolicy } from '../../contract/statement.ts';
import { plural } from '../../text/format.ts';
import type { DialectFinding } from '../databases/analysis.ts';
import type { SchemaObject } from '../databases/catalogue.ts';
import type { PassRecord } from '../databases/measurement.ts';
import type { Throwaway, Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import { disconnect, type Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { measurePlan } from '../rehearsal/measure.ts';
import { Sandbox } from '../rehearsal/sandbox.ts';
import { madeObjects } from '../rehearsal/schema-difference.ts';
import { withStatements } from '../revision-source/revision-part.ts';
import { mayRewrite } from '../revision-source/rewriting.ts';
import { readHistory } from '../revisions/history.ts';
import { RevisionReader } from '../revisions/preview.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';
import { replay, statementsOf } from '../throwaway/replay.ts';
import { copyTarget } from '../throwaway/target-copy.ts';
import { firstOther } from './kept-statements.ts';
import { fileOfHalfDone, otherWay, planResolution } from './resolution-plan.ts';

type Objects = ReadonlyMap<string, SchemaObject>;

/** Each is tried on a copy of the target. */
const MOST_TRIED = 30;

/** @throws Refusal `no-room`, `database-unreachable`, `missing-file`, `broken-revision` */
export async function findResolutions(
  project: Project,
  halfDone: HalfDone,
  literals: LiteralPolicy,
  throwaways: Throwaways,
  events: Events,
): Promise<Resolutions> {
  const history = await readHistory(project);
  const file = await fileOfHalfDone(project, halfDone);
  const reader = await RevisionReader.create(project);
  const search = new Search(project, history, halfDone, file, reader, throwaways, {
    ...events,
    // What is tried is told when it is over.
    statementStarted: async () => {},
    statementEnded: async () => {},
  });
  return search.find(literals);
}

/** What the schema is at the points that matter, by the revisions alone. */
interface Model {
  /** As the applied revisions make it. */
  readonly applied: Objects;
  /** Without and with the statement whose fate nobody knows; null without one, or out of reach. */
  readonly around: {
    readonly before: Objects;
    readonly after: Objects;
    /** It failed there, too. */
    readonly failed: boolean;
  } | null;
  /** With all of the revision that runs. */
  readonly full: Objects;
  /** How many of its statements run. */
  readonly reached: number;
}

class Search {
  readonly #project: Project;
  readonly #history: History;
  readonly #halfDone: HalfDone;
  readonly #file: RevisionFile;
  readonly #reader: RevisionReader;
  readonly #throwaways: Throwaways;
  readonly #events: Events;

  constructor(
    project: Project,
    history: History,
    halfDone: HalfDone,
    file: RevisionFile,
    reader: RevisionReader,
    throwaways: Throwaways,
    events: Events,
  ) {
    this.#project = project;
    this.#history = history;
    this.#halfDone = halfDone;
    this.#file = file;
    this.#reader = reader;
    this.#throwaways = throwaways;
    this.#events = events;
  }

  async find(literals: LiteralPolicy): Promise<Resolutions> {
    const { direction, statements: ran, sha256 } = this.#halfDone;
    const forward = await this.#reader.added(this.#file, direction);
    const how = { literals, unchanged: this.#file.sha256 === sha256 };
    const other = forward.problem === null ? firstOther(ran, forward.statements, how) : null;
    const same = forward.problem === null && other === null;
    const model = await this.#model(same ? forward.statements : null);
    await disconnect(this.#project);
    const copy = await this.#copy(forward.statements, same);
    try {
      const real = copy.objects ? madeObjects(copy.objects) : null;
      const shown = this.#shown(model, real);
      return {
        halfDone: this.#halfDone,
        shown,
        continue: await this.#continue(forward, other, shown, copy),
        undo: await this.#undo(copy, model, same),
      };
    } finally {
      await copy.throwaway?.drop();
    }
  }

  /** In one sentence, why there is none. */
  async #model(statements: readonly string[] | null): Promise<Model | string> {
    const { appliedOrder } = this.#history;
    const { direction, statements: ran } = this.#halfDone;
    const names = [...appliedOrder];
    const made = await this.#throwaways.empty('model', () =>
      statementsOf(this.#project, [...new Set([...names, this.#halfDone.revision])]),
    );
    const sandbox = await Sandbox.open(this.#project, made, this.#events);
    try {
      await sandbox.prepareRecord();
      await replay(this.#project, sandbox, names);
      const applied = madeObjects(await made.objects());
      if (statements === null) return { applied, around: null, full: applied, reached: 0 };
      const cut = ran.findIndex(({ fate }) => fate === 'running');
      const send = (from: number, to: number) => this.#send(sandbox, direction, from, to);
      let reached = cut < 0 ? 0 : await send(0, cut);
      let around: Model['around'] = null;
      if (cut >= 0 && reached === cut) {
        const before = madeObjects(await made.objects());
        const sent = await send(cut, cut + 1);
        reached += sent;
        around = { before, after: madeObjects(await made.objects()), failed: sent === 0 };
      }
      if (cut < 0 || around?.failed === false) reached += await send(reached, statements.length);
      return { applied, around, full: madeObjects(await made.objects()), reached };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { what, why } = error.problem;
      return `The applied revisions can’t be replayed on an empty database: ${what} ${why}`.trim();
    } finally {
      await sandbox.close();
      await made.drop();
    }
  }

  /** Runs statements of the revision on a throwaway. Returns how many ended. */
  async #send(sandbox: Sandbox, direction: Direction, from: number, to: number): Promise<number> {
    if (to <= from) return 0;
    const { record } = await this.#part(sandbox, direction, (all) => all.slice(from, to));
    return record.statements.filter(({ error }) => error === null).length;
  }

  async #part(
    sandbox: Sandbox,
    direction: Direction,
    select: <T>(all: readonly T[]) => readonly T[],
    mark: Parameters<Sandbox['run']>[2] = null,
  ) {
    const own = sandbox.files.get(this.#file.name) ?? this.#file;
    const part = withStatements(sandbox.project, own, select, false);
    const preview = await this.#reader.preview(this.#file, direction);
    return sandbox.run(preview, direction, mark, false, part);
  }

  /** A copy of the target as it is; one that revisions had to make is brought there. */
  async #copy(statements: readonly string[], same: boolean): Promise<Copy> {
    const context = { project: this.#project, history: this.#history };
    const { throwaway, replayed } = await copyTarget(
      { ...context, throwaways: this.#throwaways, events: this.#events },
      () => {},
    );
    if (!replayed) return { throwaway, objects: await throwaway.objects(), problem: null };
    const objects = await this.#throwaways.targetObjects();
    const problem = await this.#bringAlong(throwaway, objects, statements, same);
    return { throwaway, objects, problem };
  }

  /** In one sentence, why the copy is not as the target is. */
  async #bringAlong(
    throwaway: Throwaway,
    objects: readonly SchemaObject[] | null,
    statements: readonly string[],
    same: boolean,
  ): Promise<string | null> {
    if (objects === null)
      return 'The target’s schema can’t be compared with a copy on another server.';
    if (!same) return 'The copy is made by revisions, and what ran is not what the file says.';
    const real = madeObjects(objects);
    const isLike = async () => changed(madeObjects(await throwaway.objects()), real).size === 0;
    const sandbox = await Sandbox.open(this.#project, throwaway, this.#events);
    const { direction, statements: ran } = this.#halfDone;
    try {
      for (let at = 0; at < Math.min(ran.length, statements.length); at++) {
        const { fate } = ran[at] ?? {};
        if (fate !== 'ended' && (await isLike())) return null;
        if ((await this.#send(sandbox, direction, at, at + 1)) === 0) break;
      }
      return (await isLike()) ? null : 'No copy could be made that is as the target is now.';
    } finally {
      await sandbox.close();
    }
  }

  /** What became of the statement that was cut off. */
  #shown(model: Model | string, real: Objects | null): Resolutions['shown'] {
    const cut = this.#halfDone.statements.filter(({ fate }) => fate === 'running');
    if (cut.length === 0) return null;
    const unknown = (why: string) => ({ fate: 'unknown', why }) as const;
    if (cut.length > 1) return unknown('They were sent in a transaction that was being committed.');
    if (typeof model === 'string') return unknown(model);
    if (!model.around || !real) return unknown('It could not be run on a throwaway.');
    const { before, after, failed } = model.around;
    const ids = changed(before, after);
    if (ids.size === 0) {
      return unknown(
        failed ? 'It fails on a throwaway, too.' : 'It changes nothing of the schema.',
      );
    }
    const is = (wanted: Objects) => [...ids].every((id) => textOf(real, id) === textOf(wanted, id));
    const fate = is(before) ? 'not-run' : is(after) && !failed ? 'ended' : 'unknown';
    const told = [...ids].slice(0, TOLD).map((id) => wordsOf(id, before, after, real, failed));
    const more = ids.size > TOLD ? `, and ${ids.size - TOLD} more` : '';
    return { fate, why: `${told.join(', ')}${more}.` };
  }

  async #continue(
    {
      statements,
      problem,
    }: { readonly statements: readonly string[]; readonly problem: string | null },
    other: number | null,
    shown: Resolutions['shown'],
    copy: Copy,
  ): Promise<ResolutionWay> {
    const { revision, direction, statements: ran, undoing } = this.#halfDone;
    const not = (why: string) => ({ options: [], why });
    if (problem !== null) return not(`${revision} can’t be continued: ${problem}.`);
    if (other !== null) {
      return not(
        `${revision} can’t be continued: statement ${other} that ran is not the one that its file has there now.`,
      );
    }
    if (undoing) return not(`${revision} can’t be continued: an undo of it was begun.`);
    const stopped = ran.findIndex(({ fate }) => fate !== 'ended');
    const first = stopped < 0 ? ran.length : stopped;
    const stop = ran[first];
    if (ran.slice(first).some(({ fate }) => fate === 'ended')) {
      return not(`${revision} can’t be continued: what ended is not the beginning of it.`);
    }
    // One that failed did not end, whatever it left.
    const open = stop?.fate === 'running' && stop.error === null;
    const after = first + 2;
    const from =
      !open || shown?.fate === 'not-run'
        ? [first + 1]
        : shown?.fate === 'ended'
          ? [after]
          : [first + 1, after];
    const options: ResolutionOption[] = [];
    for (const at of from) {
      const resolution: Resolution = { how: 'continue', from: at, state: stateOf(this.#halfDone) };
      const rest = plural(statements.length - at + 1, 'statement');
      const sends =
        at > statements.length ? 'Sends nothing' : `Sends ${rest}, from number ${at} on`;
      options.push({
        plan: await this.#plan(direction, resolution, statements),
        notes: [`${sends}, and records it as ${direction === 'up' ? 'applied' : 'reverted'}.`],
        losses: [],
        fails: copy.problem === null ? await this.#tryContinue(copy.throwaway, at) : null,
      });
    }
    const why =
      options.length > 1
        ? `Nobody knows whether statement ${first + 1} ended, so it is yours to say whether it is sent again.`
        : '';
    return { options, why };
  }

  async #plan(direction: Direction, resolution: Resolution, statements: readonly string[]) {
    const plan = await planResolution(
      this.#project,
      this.#history,
      this.#reader,
      this.#file,
      direction,
      resolution,
      statements,
    );
    await disconnect(this.#project);
    return plan.doubtful ? measurePlan(this.#project, plan, this.#throwaways, this.#events) : plan;
  }

  async #undo(copy: Copy, model: Model | string, same: boolean): Promise<ResolutionWay> {
    const { revision, direction, statements: ran } = this.#halfDone;
    const back = otherWay(direction);
    const not = (why: string) => ({ options: [], why: `No undo of ${revision} is proven: ${why}` });
    if (typeof model === 'string') return not(model);
    if (copy.problem !== null || !copy.objects) return not(copy.problem ?? '');
    const { statements, problem } = await this.#reader.added(this.#file, back);
    if (problem !== null) return not(`${problem}.`);
    if (statements.length > MOST_TRIED) {
      return not(`its ${back}() has more than ${MOST_TRIED} statements.`);
    }
    const ended = ran.filter(({ fate }) => fate === 'ended').length;
    // What the revision does not touch may be as it is; what ran of another text may be anything.
    const touched = same && model.reached >= ended ? changed(model.applied, model.full) : null;
    const real = madeObjects(copy.objects);
    const options: ResolutionOption[] = [];
    let failed = '';
    let previous = 0;
    for (let last = 0; last <= statements.length; last++) {
      const tried = await this.#tryUndo(copy.throwaway, back, last);
      if (tried.failure !== null) {
        failed = tried.failure;
        continue;
      }
      const ids = touched && new Set([...touched, ...changed(real, tried.objects)]);
      if (!isLike(tried.objects, model.applied, ids)) continue;
      const further = tried.record.statements.slice(0, last - previous);
      // The same as the one before, with statements that do nothing.
      if (options.length > 0 && further.every(({ affected, error }) => affected === 0 && !error)) {
        continue;
      }
      previous = last;
      options.push(await this.#undoOption(back, last, statements, tried));
    }
    if (options.length === 0) {
      const why = `no end of its ${back}() leads to the schema that the applied revisions make.`;
      return not(failed === '' ? why : `${why} ${failed}`);
    }
    const why =
      options.length > 1
        ? `${options.length} ends of its ${back}() lead to the schema that the applied revisions make; they differ in what they do to rows.`
        : '';
    return { options, why };
  }

  async #undoOption(
    back: Direction,
    last: number,
    statements: readonly string[],
    tried: Tried,
  ): Promise<ResolutionOption> {
    const resolution: Resolution = { how: 'undo', last, state: stateOf(this.#halfDone) };
    const gone = this.#halfDone.statements.flatMap(({ sql, fate }, at) =>
      (fate === 'ended' || fate === 'running') && mayRewrite(sql) ? [at + 1] : [],
    );
    const changing = this.#halfDone.statements.flatMap(({ affected }, at) =>
      (affected ?? 0) > 0 ? [at + 1] : [],
    );
    const sends =
      last === 0
        ? 'Nothing is left of it in the schema, so nothing is sent'
        : `Sends the last ${last === 1 ? 'statement' : `${last} statements`} of its ${back}()`;
    return {
      plan: await this.#plan(back, resolution, statements),
      notes: [
        `${sends}. Tried on a throwaway: the schema is then what the applied revisions make.`,
        ...(changing.length > 0
          ? [
              `${changing.length === 1 ? 'Statement' : 'Statements'} ${changing.join(', ')} changed rows. Nobody kept how they were before, so whether they are so again is not proven.`,
            ]
          : []),
        ...(gone.length > 0 ? [this.#goneWords(gone)] : []),
      ],
      losses: lossesOf(tried),
      fails: null,
    };
  }

  /** The schema comes back, and the rows of a table that is made again do not. */
  #goneWords(statements: readonly number[]): string {
    const { backup } = this.#halfDone;
    const which = `${statements.length === 1 ? 'Statement' : 'Statements'} ${statements.join(', ')}`;
    const back = backup === null ? '' : ` They are in the backup ${backup}.`;
    return `${which} dropped or changed what was stored: rows and values that went do not come back with this.${back}`;
  }

  /** Why it can't go on there; null if it can. */
  async #tryContinue(copy: Throwaway, from: number): Promise<string | null> {
    const clone = await this.#throwaways.clone(copy, `from${from}`);
    const sandbox = await Sandbox.open(this.#project, clone, this.#events);
    try {
      const { direction } = this.#halfDone;
      const { pass } = await this.#part(sandbox, direction, (all) => all.slice(from - 1));
      return pass.failure?.error.message ?? null;
    } finally {
      await sandbox.close();
      await clone.drop();
    }
  }

  async #tryUndo(copy: Throwaway, back: Direction, last: number): Promise<Tried> {
    const clone = await this.#throwaways.clone(copy, `undo${last}`);
    const sandbox = await Sandbox.open(this.#project, clone, this.#events);
    try {
      const mark = await clone.mark();
      const run = () => this.#part(sandbox, back, (all) => all.slice(all.length - last), mark);
      const { pass, record } = await run();
      if (pass.failure) {
        const failure = `The last ${plural(last, 'statement')} can’t be run: ${pass.failure.error.message}`;
        return { failure, objects: new Map(), record, findings: [], rowsGone: 0 };
      }
      // Judged by what it does, whichever way it goes: there is no state to come back to.
      const judged: PassRecord = { ...record, direction: 'up' };
      const sent = { up: record.statements.map(({ sql }) => sql), down: [] };
      const { findings } = await clone.compare(mark, [judged], sent, {
        start: mark,
        twin: (options) => sandbox.twin(mark, run, options),
      });
      const objects = madeObjects(await clone.objects());
      const left = await clone.mark();
      const rowsGone = Math.max(0, mark.rows - left.rows);
      await left.release();
      await mark.release();
      return { failure: null, objects, record, findings, rowsGone };
    } finally {
      await sandbox.close();
      await clone.drop();
    }
  }
}

/** What the target is like. */
interface Copy {
  readonly throwaway: Throwaway;
  /** Of the target itself; null if they can't be compared. */
  readonly objects: readonly SchemaObject[] | null;
  /** Why the throwaway is not as the target is. */
  readonly problem: string | null;
}

interface Tried {
  /** Why it can't be run. */
  readonly failure: string | null;
  readonly objects: Objects;
  readonly record: PassRecord;
  readonly findings: readonly DialectFinding[];
  /** How many rows fewer there are. */
  readonly rowsGone: number;
}

/** As many objects are told of a statement. */
const TOLD = 5;

/** What the judge tells of rows, values and objects that are gone, on purpose or not. */
const LOSSES: ReadonlySet<DialectFinding['kind']> = new Set([
  'rows-lost',
  'values-lost',
  'rename-lost',
  'table-rename-lost',
  'narrowed',
  'changed-on-purpose',
  'objects-lost',
]);

function lossesOf({ findings, rowsGone }: Tried): readonly string[] {
  const told = findings
    .filter(({ kind }) => LOSSES.has(kind))
    // Of what a statement says there is no more to tell: why it matters is told of downgrades.
    .map(({ kind, what, why }) => (kind === 'changed-on-purpose' ? what : `${what} ${why}`.trim()));
  if (told.length > 0 || rowsGone === 0) return told;
  return [
    `${plural(rowsGone, 'row')} that ${rowsGone === 1 ? 'is' : 'are'} there now will be gone.`,
  ];
}

function textOf(objects: Objects, id: string): string | undefined {
  return objects.get(id)?.text;
}

/** Ids of what two schemas do not have in common. */
function changed(one: Objects, other: Objects): ReadonlySet<string> {
  const ids = [...one.keys(), ...other.keys()];
  return new Set(ids.filter((id) => textOf(one, id) !== textOf(other, id)));
}

/** @param ids what is to be so; null is all */
function isLike(objects: Objects, wanted: Objects, ids: ReadonlySet<string> | null): boolean {
  const differing = changed(objects, wanted);
  return ids === null ? differing.size === 0 : [...ids].every((id) => !differing.has(id));
}

/** `index "x" is there` */
function wordsOf(
  id: string,
  before: Objects,
  after: Objects,
  real: Objects,
  failed: boolean,
): string {
  const object = after.get(id) ?? before.get(id);
  const name = object ? `${object.kind} ${object.place}` : id;
  const now = textOf(real, id);
  if (now === undefined) return `${name} is not there`;
  if (now === textOf(after, id)) {
    return failed
      ? `${name} is there as the statement leaves it when it fails`
      : `${name} is there as the statement makes it`;
  }
  if (now === textOf(before, id)) return `${name} is there as it was before the statement`;
  return `${name} is there, but not as the statement makes it`;
}
