/** Repairs as `handrail rehearse --repair` makes them, one after the other, and takes them back. */

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { repairAll } from '../../source/cli/repairing.ts';
import type { Reply } from '../../source/contract/problem.ts';
import type { RehearsalReport, RepairedText } from '../../source/contract/rehearsal.ts';
import {
  attemptOf,
  type MadeRepair,
  type RepairOutcome,
  type RepairWish,
  rehearsalsOf,
  repairedText,
  undoRepair,
  writeRepair,
} from '../../source/session/repair.ts';
import type { Statement } from './case.ts';
import type { CaseProject } from './handrail.ts';

/** What a revision sends. */
export interface Text {
  readonly up: readonly Statement[];
  /** Null: there is no `down()`. */
  readonly down: readonly Statement[] | null;
}

export interface RepairedRevision {
  /** By its place. */
  readonly revision: number;
  readonly text: Text;
  readonly differs: RepairedText['differs'];
  readonly titles: readonly string[];
}

export interface Repairs {
  readonly made: readonly RepairedRevision[];
  /** What was tried and not kept, and why. */
  readonly unproven: readonly string[];
  /** What went wrong when they were made or taken back; null if nothing did. */
  readonly problem: string | null;
}

/** What is answered where a repair asks for a value: one that every type takes. */
const ANSWER = `'0'`;

/**
 * Makes all repairs that decide nothing but values, reads what the revisions send then, and undoes
 * them.
 */
export async function repair(project: CaseProject, first: RehearsalReport): Promise<Repairs> {
  const before = project.names.map((name) => readFileSync(project.fileOf(name), 'utf8'));
  const bench = new Bench(project);
  const again = { revisions: [], bases: ['target'] } as const;
  const reply = await repairAll(
    { repair: (wish) => bench.repair(wish) },
    { id: null, report: first },
    again,
    { choose: [], answer: valuesAskedIn(first).map((name) => `${name}=${ANSWER}`) },
    { note: () => {} },
  );
  // What another repair made needless is not asked any more.
  const done = reply.ok || reply.problem.code === 'usage';
  if (!done) return { made: [], unproven: [], problem: reply.problem.what };
  const made = await bench.repaired();
  const unproven = reply.ok ? reply.value.unproven.map(({ why }) => why) : [];
  const problem = (await bench.undo()) ?? notBack(project, before);
  return { made, unproven, problem };
}

/** By the names that answers have. */
function valuesAskedIn({ revisions }: RehearsalReport): readonly string[] {
  const names = revisions
    .flatMap(({ findings }) => findings)
    .filter(({ severity }) => severity === 'hazard')
    .flatMap(({ repairs }) => repairs)
    .flatMap(({ choice, rewritten }) => (rewritten && choice?.name ? [choice.name] : []));
  return [...new Set(names)];
}

/** Whether something is offered that decides nothing, or only a value. */
export function isRepairable(report: RehearsalReport): boolean {
  return report.revisions.some(({ findings }) =>
    findings.some(
      ({ severity, repairs }) =>
        severity === 'hazard' &&
        repairs.some(({ choice, rewritten }) => rewritten !== null && choice?.name !== null),
    ),
  );
}

function notBack(project: CaseProject, before: readonly string[]): string | null {
  const name = project.names.find(
    (each, at) => readFileSync(project.fileOf(each), 'utf8') !== before[at],
  );
  return name === undefined ? null : `${name} is not what it was after its repair is undone`;
}

/** Does what a session does with a repair, without a journal. */
class Bench {
  readonly #project: CaseProject;
  readonly #rows: MadeRepair[] = [];
  readonly #differs = new Map<string, RepairedText['differs']>();

  constructor(project: CaseProject) {
    this.#project = project;
  }

  readonly #recorder: Parameters<typeof writeRepair>[5] = {
    addRepair: async (row) => {
      const titles = JSON.parse(row.titles) as readonly string[];
      const further = JSON.parse(row.further) as MadeRepair['further'];
      const id = this.#rows.length + 1;
      this.#rows.push({ ...row, id, titles, further });
      return id;
    },
    ask: async (empty) => ({ ok: true, value: empty }),
  };

  async repair(wish: RepairWish): Promise<Reply<RepairOutcome>> {
    const history = await this.#project.history();
    if (!history.ok) return history;
    const { root } = this.#project;
    const text = repairedText(root, history.value, wish);
    if (!text.ok) return text;
    const tried = await this.#project.rehearse(text.value);
    if (!tried.ok) return tried;
    const attempt = attemptOf(wish, text.value, tried.value);
    if (attempt) return { ok: true, value: { kept: false, attempt } };
    const titles = [...(wish.after?.repairs ?? []), wish.repair].map(({ title }) => title);
    const rehearsed = rehearsalsOf(wish.first, wish.revision)[0];
    const written = await writeRepair(
      root,
      history.value,
      rehearsed,
      titles,
      text.value,
      this.#recorder,
    );
    if (!written.ok) return written;
    this.#project.move();
    const known = this.#differs.get(wish.revision) ?? [];
    this.#differs.set(wish.revision, [...known, ...text.value.differs]);
    const outcome = { kept: true, written: written.value, report: tried.value } as const;
    return { ok: true, value: { ...outcome, rehearsal: null } };
  }

  async repaired(): Promise<RepairedRevision[]> {
    const found: RepairedRevision[] = [];
    for (const [revision, name] of this.#project.names.entries()) {
      const own = this.#rows.filter((row) => row.revision === name);
      if (own.length === 0) continue;
      found.push({
        revision,
        text: await textOf(this.#project.fileOf(name), name),
        differs: this.#differs.get(name) ?? [],
        titles: own.flatMap(({ titles }) => titles),
      });
    }
    return found;
  }

  async undo(): Promise<string | null> {
    const history = await this.#project.history();
    if (!history.ok) return history.problem.what;
    for (const row of this.#rows.toReversed()) {
      const undone = await undoRepair(this.#project.root, history.value, row, this.#recorder);
      if (!undone.ok) return undone.problem.what;
    }
    return null;
  }
}

interface Migration {
  up(): Promise<void>;
  down(): Promise<void>;
  getQueries(): readonly unknown[];
  reset(): void;
}

/** The statements that a revision's file sends, as MikroORM would ask it for them. */
async function textOf(file: string, name: string): Promise<Text> {
  const loaded: Readonly<Record<string, new () => Migration>> = await import(
    pathToFileURL(file).href
  );
  const Revision = loaded[name];
  if (!Revision) throw new Error(`${name} is not in ${file}.`);
  const ask = async (direction: 'up' | 'down') => {
    const revision = new Revision();
    await revision[direction]();
    return revision.getQueries().map((sql): Statement => ({ sql: String(sql), names: [] }));
  };
  const hasDown = Object.hasOwn(Revision.prototype, 'down');
  return { up: await ask('up'), down: hasDown ? await ask('down') : null };
}
