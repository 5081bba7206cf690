/**
 * Tries a repair that a rehearsal offered, and keeps it if it is proven: the repaired text is
 * rehearsed from memory, and only then written, into the revision's file and into new ones.
 */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '../contract/history.ts';
import type { Reply } from '../contract/problem.ts';
import type {
  Finding,
  RehearsalReport,
  RehearsalRequest,
  Repair,
  RepairedText,
  RevisionRehearsal,
} from '../contract/rehearsal.ts';
import type { RepairRow } from '../journal/entities.ts';
import { messageOf } from '../util/error-message.ts';
import { changeFiles, hashOf, refuseFile } from './files.ts';
import type { Recorder } from './journal-writer.ts';
import { whyNotProven } from './proof.ts';

/** A repair that somebody wants, with the value that it asks for already in it. */
export interface RepairWish {
  readonly revision: string;
  readonly repair: Repair;
  /** The rehearsal of the files as they are. */
  readonly first: RehearsalReport;
  /** Repairs that did not do alone, on whose text this one builds. */
  readonly after: Attempt | null;
  /** What is rehearsed to prove it. */
  readonly again: Pick<RehearsalRequest, 'revisions' | 'bases'>;
}

/** Repairs that were tried and not kept; no file knows of them. */
export interface Attempt {
  readonly repairs: readonly Repair[];
  /** What they are for. */
  readonly helped: readonly Finding[];
  readonly repaired: RepairedText;
  readonly report: RehearsalReport;
  /** Why they are not kept. */
  readonly why: string;
}

/** What a repair made of files, relative to the project. */
export interface WrittenRepair {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly further: Repair['further'];
}

export type RepairOutcome =
  | {
      readonly kept: true;
      readonly written: WrittenRepair;
      readonly report: RehearsalReport;
      /** Its number in the journal. */
      readonly rehearsal: number | null;
    }
  | { readonly kept: false; readonly attempt: Attempt };

/** What is rehearsed; refused unless the file is the one that was rehearsed, and not applied. */
export function repairedText(
  root: string,
  history: History,
  { revision, repair, first, after }: RepairWish,
): Reply<RepairedText> {
  const text = repair.rewritten;
  const refused = refusal(root, history, rehearsalsOf(first, revision)[0]);
  if (refused) return refused;
  if (text === null) {
    return refuseFile(
      `${revision} has to be repaired by hand.`,
      'Its statements can’t be told from its text.',
    );
  }
  const further = [...(after?.repaired.further ?? []), ...repair.further];
  const taken = further.find(
    ({ file }, index) =>
      existsSync(join(root, file)) || further.findIndex((each) => each.file === file) < index,
  );
  if (taken) {
    return refuseFile(
      `${taken.file} is there already.`,
      'The repair adds a revision of that name. Rename or remove the one that is there, or make the change by hand.',
    );
  }
  const differs = [...(after?.repaired.differs ?? []), ...repair.differs];
  return { ok: true, value: { revision, text, further, differs } };
}

function refusal(
  root: string,
  history: History,
  rehearsed: RevisionRehearsal | undefined,
): Reply<never> | null {
  const { file, name, inputs } = rehearsed ?? {};
  if (file == null || !inputs) {
    return refuseFile(`${name ?? 'The revision'} has no file that was rehearsed.`, '');
  }
  const revision = history.revisions.find((each) => each.name === name);
  if (revision?.state === 'applied') {
    return refuseFile(
      `${name} is applied on ${history.target.database}, so its file is left as it is.`,
      'A change of it would never run there. Downgrade it first, or write another revision.',
    );
  }
  try {
    const path = join(root, file);
    const bytes = readFileSync(path);
    if (isReadOnly(path)) return refuseFile(`${file} may only be read.`, READ_ONLY);
    if (hashOf(bytes) !== inputs.file) {
      return refuseFile(
        `${file} is not the file that was rehearsed any more.`,
        'The repair would undo what changed since. Rehearse it again.',
      );
    }
    if (!bytes.equals(Buffer.from(bytes.toString('utf8')))) {
      return refuseFile(`${file} is not UTF-8 text.`, 'It has to be repaired by hand.');
    }
    return null;
  } catch (error) {
    return refuseFile(`${file} could not be read.`, messageOf(error));
  }
}

const READ_ONLY = 'Its permissions say so. Allow writing it, and try again.';

/** Putting another file in its place would work, and is not meant. */
function isReadOnly(path: string): boolean {
  return (statSync(path).mode & 0o222) === 0;
}

/** What the rehearsal of the repaired text says; null if it may be kept. */
export function attemptOf(
  { revision, repair, first, after }: RepairWish,
  repaired: RepairedText,
  report: RehearsalReport,
): Attempt | null {
  const of = after?.report ?? first;
  const found = rehearsalsOf(of, revision).flatMap(({ findings }) =>
    findings.filter(({ repairs }) => repairs.some(({ id }) => id === repair.id)),
  );
  const helped = [...(after?.helped ?? []), ...found];
  const added = repaired.further.flatMap(({ file }) =>
    report.revisions.filter((each) => each.file === file),
  );
  const why = whyNotProven(
    rehearsalsOf(first, revision),
    [...rehearsalsOf(report, revision), ...added],
    helped,
  );
  if (why === null) return null;
  return { repairs: [...(after?.repairs ?? []), repair], helped, repaired, report, why };
}

/** Once for each base. */
export function rehearsalsOf(
  { revisions }: RehearsalReport,
  name: string,
): readonly RevisionRehearsal[] {
  return revisions.filter((each) => each.name === name);
}

/** Writes what was proven. The journal has the text of before, or nothing is written. */
export async function writeRepair(
  root: string,
  history: History,
  rehearsed: RevisionRehearsal | undefined,
  titles: readonly string[],
  { revision, text, further }: RepairedText,
  recorder: Pick<Recorder, 'addRepair' | 'ask'>,
): Promise<Reply<WrittenRepair>> {
  const refused = refusal(root, history, rehearsed);
  const file = rehearsed?.file;
  if (refused || file == null) return refused ?? refuseFile('There is no file.', '');
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  const id = await recorder.addRepair({
    revision,
    file,
    titles: JSON.stringify(titles),
    before,
    after: text,
    further: JSON.stringify(further),
    madeAt: new Date().toISOString(),
  });
  if (id === null) {
    return refuseFile(
      `${file} is left as it is, because the journal could not keep its text.`,
      'Without it the repair could not be undone.',
    );
  }
  try {
    const { mode } = statSync(path);
    changeFiles(root, [
      ...further.map((each) => ({ file: each.file, before: null, after: each.text, mode })),
      { file, before, after: text, mode },
    ]);
    return { ok: true, value: { file, before, after: text, further } };
  } catch (error) {
    await recorder.ask(undefined, (journal) => journal.removeRepair(id));
    return refuseFile(`${file} could not be written, and is as it was.`, messageOf(error));
  }
}

/** A repair that can be taken back. */
export interface MadeRepair extends WrittenRepair {
  /** Its number in the journal. */
  readonly id: number;
  readonly revision: string;
  readonly titles: readonly string[];
  /** ISO 8601. */
  readonly madeAt: string;
}

export function madeRepair(row: RepairRow): MadeRepair {
  const { id, revision, file, before, after, madeAt } = row;
  return {
    id,
    revision,
    file,
    before,
    after,
    madeAt,
    titles: JSON.parse(row.titles) as readonly string[],
    further: JSON.parse(row.further) as Repair['further'],
  };
}

/**
 * Those that are in the files. The journal has a repair before its files are written, and still has
 * it when they were put back: a process that is killed in between leaves one that is not there.
 */
export function repairsIn(root: string, rows: readonly RepairRow[]): readonly MadeRepair[] {
  const all = rows.map(madeRepair);
  return all.filter(({ file, before, further }, at) => {
    // One that was made later found the file without it.
    if (all.slice(at + 1).some((later) => later.file === file && later.before === before)) {
      return false;
    }
    return (
      textOf(join(root, file)) !== before ||
      further.some((each) => textOf(join(root, each.file)) !== null)
    );
  });
}

/** Why a repair can't be taken back; null if it can. */
export function whyNotUndone(
  root: string,
  history: History,
  { revision, file, before, after, further }: MadeRepair,
): Reply<never> | null {
  const names = new Set([file, ...further.map((each) => each.file)]);
  const applied = history.revisions.find(
    (each) => each.state === 'applied' && (each.name === revision || names.has(each.file ?? '')),
  );
  if (applied) {
    return refuseFile(
      `${applied.name} is applied on ${history.target.database}, so its repair stays.`,
      'The file has to say what was run there. Downgrade it first.',
    );
  }
  const now = textOf(join(root, file));
  if (now === null) {
    return refuseFile(`${file} is gone.`, 'Bring it back, and the repair can be undone.');
  }
  // A repair that was cut off may have written a part of its files only.
  const edited =
    now !== after && now !== before
      ? file
      : further.find((each) => ![each.text, null].includes(textOf(join(root, each.file))))?.file;
  if (edited !== undefined) {
    return refuseFile(
      `${edited} was edited since it was repaired.`,
      'Undoing the repair would undo the edit, too. Take back by hand what the repair changed: handrail repair shows it.',
    );
  }
  return isReadOnly(join(root, file)) ? refuseFile(`${file} may only be read.`, READ_ONLY) : null;
}

/** Puts the file back byte for byte, and removes the revisions that the repair added. */
export async function undoRepair(
  root: string,
  history: History,
  repair: MadeRepair,
  recorder: Pick<Recorder, 'ask'>,
): Promise<Reply<MadeRepair>> {
  const refused = whyNotUndone(root, history, repair);
  if (refused) return refused;
  const path = join(root, repair.file);
  try {
    const { mode } = statSync(path);
    changeFiles(root, [
      { file: repair.file, before: readFileSync(path, 'utf8'), after: repair.before, mode },
      ...repair.further.map(({ file }) => {
        return { file, before: textOf(join(root, file)), after: null };
      }),
    ]);
  } catch (error) {
    return refuseFile(`${repair.file} could not be put back.`, messageOf(error));
  }
  await recorder.ask(undefined, (journal) => journal.undoneRepair(repair.id, new Date()));
  return { ok: true, value: repair };
}

/** Null if it can't be read. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
