/** `handrail rehearse --repair`: which repairs are made, one after the other, and what is told. */

import { createTwoFilesPatch } from 'diff';
import type { Problem, Reply } from '../contract/problem.ts';
import type { RehearsalReport, RehearsalRequest, Repair } from '../contract/rehearsal.ts';
import { withAnswer } from '../contract/rehearsal.ts';
import type { Attempt, WrittenRepair } from '../session/repair.ts';
import type { Session } from '../session/session.ts';
import { escapeControl, escapeLines } from '../text/escape.ts';
import type { Output } from './context.ts';

/** A repair may show the next hazard; after so many a person should look. */
const ROUNDS = 20;

export interface Wishes {
  /** Ids of repairs that somebody chose. */
  readonly choose: readonly string[];
  /** `table.column=expression` */
  readonly answer: readonly string[];
}

/** What became of repairs, for programs. */
export interface RepairResults {
  readonly repaired: readonly {
    readonly revision: string;
    readonly file: string;
    readonly titles: readonly string[];
  }[];
  readonly unproven: readonly {
    readonly revision: string;
    readonly titles: readonly string[];
    readonly why: string;
  }[];
}

interface Rehearsed {
  readonly id: number | null;
  readonly report: RehearsalReport;
}

/** Makes repairs until none is left that may be made; the files are as the last report says. */
export async function repairAll(
  session: Pick<Session, 'repair'>,
  first: Rehearsed,
  again: Pick<RehearsalRequest, 'revisions' | 'bases'>,
  wishes: Wishes,
  output: Pick<Output, 'note'>,
): Promise<Reply<Rehearsed & RepairResults>> {
  const wanted = new Wanted(wishes);
  const repaired: RepairResults['repaired'][number][] = [];
  const unproven: RepairResults['unproven'][number][] = [];
  const given = new Set<string>();
  let { id, report } = first;
  let attempt: Attempt | null = null;
  for (let round = 1; round <= ROUNDS; round++) {
    const next = nextRepair(attempt, report, wanted, given);
    if (!next) {
      if (!attempt) break;
      unproven.push(tellUnproven(attempt, output));
      attempt = null;
      continue;
    }
    const { revision, repair } = next;
    given.add(keyOf(next));
    output.note(`\nTrying: ${escapeControl(repair.title)} (${escapeControl(revision)})`);
    const reply = await session.repair({ revision, repair, first: report, after: attempt, again });
    if (!reply.ok) {
      if (reply.problem.code !== 'plan-outdated') return reply;
      unproven.push({ revision, titles: [repair.title], why: sentenceOf(reply.problem) });
      output.note(escapeControl(sentenceOf(reply.problem)));
      attempt = null;
    } else if (reply.value.kept) {
      const titles = [...(attempt?.repairs ?? []), repair].map(({ title }) => title);
      tellWritten(reply.value.written, titles, output);
      repaired.push({ revision, file: reply.value.written.file, titles });
      id = reply.value.rehearsal;
      ({ report } = reply.value);
      attempt = null;
    } else {
      ({ attempt } = reply.value);
    }
  }
  if (attempt) unproven.push(tellUnproven(attempt, output));
  const unused = wanted.unused();
  if (unused) return { ok: false, problem: unused };
  return { ok: true, value: { id, report, repaired, unproven } };
}

interface Next {
  readonly revision: string;
  readonly repair: Repair;
}

/** An attempt goes on with what its own rehearsal offers. */
function nextRepair(
  attempt: Attempt | null,
  report: RehearsalReport,
  wanted: Wanted,
  given: ReadonlySet<string>,
): Next | null {
  const { revisions } = attempt?.report ?? report;
  for (const { name, findings, file } of revisions) {
    if (file === null || (attempt && attempt.repaired.revision !== name)) continue;
    for (const { severity, repairs } of findings) {
      if (severity !== 'hazard') continue;
      for (const offered of repairs) {
        const repair = offered.rewritten === null ? null : wanted.pick(offered);
        const next = repair && { revision: name, repair };
        const made = attempt?.repairs.some((each) => repair && isSame(each, repair));
        if (next && !made && !given.has(keyOf(next))) return next;
      }
    }
  }
  return null;
}

/** What did not help once does not help twice. */
function isSame(one: Repair, other: Repair): boolean {
  return one.id === other.id && one.statements.join() === other.statements.join();
}

/** The same one once for a text; on another text it is another one. */
function keyOf({ revision, repair }: Next): string {
  return JSON.stringify([revision, repair.rewritten]);
}

/** What a person chose and answered beforehand. */
class Wanted {
  readonly #choose: ReadonlySet<string>;
  readonly #answers: ReadonlyMap<string, string>;
  readonly #used = new Set<string>();
  /** What chosen repairs ask for and nobody answered. */
  readonly #unanswered = new Set<string>();

  constructor({ choose, answer }: Wishes) {
    this.#choose = new Set(choose);
    this.#answers = new Map(
      answer.map((text) => {
        const [name = '', ...value] = text.split('=');
        return [name.trim().toLowerCase(), value.join('=').trim()];
      }),
    );
  }

  /** The repair as it is to be made; null if it is somebody's to decide. */
  pick(repair: Repair): Repair | null {
    const { id, choice } = repair;
    const chosen = this.#choose.has(id);
    if (chosen) this.#used.add(id);
    if (!choice) return repair;
    if (choice.name === null) return chosen ? repair : null;
    const name = choice.name.toLowerCase();
    const value = this.#answers.get(name);
    if (value !== undefined) this.#used.add(name);
    const taken = value ?? (chosen ? choice.proposed : null);
    if (chosen && taken === null) this.#unanswered.add(choice.name);
    return taken === null ? null : withAnswer(repair, taken);
  }

  /** Mistyped ones, and those that lack a value, would be left out silently. */
  unused(): Problem | null {
    const [name] = this.#unanswered;
    if (name !== undefined) {
      return {
        code: 'usage',
        what: `What becomes of ${name} was not said, which the chosen repair needs.`,
        why: 'Only you can know the value.',
        next: [`Add --answer ${name}=… with an SQL expression.`],
        detail: null,
      };
    }
    const unknown = [...this.#choose, ...this.#answers.keys()].filter(
      (each) => !this.#used.has(each),
    );
    if (unknown.length === 0) return null;
    return {
      code: 'usage',
      what: `No repair is called ${unknown.join(', ')}.`,
      why: 'The report names those that it offers, and what they ask for.',
      next: ['Rehearse without --choose and --answer to see them.'],
      detail: null,
    };
  }
}

function tellWritten(
  { file, before, after, further }: WrittenRepair,
  titles: readonly string[],
  output: Pick<Output, 'note'>,
): void {
  output.note(`Proven, and written to ${escapeControl(file)}: ${escapeControl(titles.join('; '))}`);
  output.note(escapeLines(createTwoFilesPatch(file, file, before, after)));
  for (const { file: added, text } of further) {
    output.note(escapeLines(createTwoFilesPatch('/dev/null', added, '', text)));
  }
}

function tellUnproven({ repairs, repaired, why }: Attempt, output: Pick<Output, 'note'>) {
  const titles = repairs.map(({ title }) => title);
  output.note(`Not proven, so nothing was written: ${escapeControl(titles.join('; '))}`);
  output.note(escapeControl(why));
  return { revision: repaired.revision, titles, why };
}

function sentenceOf({ what, why }: Problem): string {
  return why ? `${what} ${why}` : what;
}
