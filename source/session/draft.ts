/** Has drafts made on throwaway databases, writes those that are accepted, removes what is discarded. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Discarded, Draft, DraftFile, DraftRequest, DraftVersion } from '../contract/draft.ts';
import type { EngineEvents } from '../contract/engine-api.ts';
import type { History } from '../contract/history.ts';
import type { Problem, Reply } from '../contract/problem.ts';
import type { Revision } from '../contract/revision.ts';
import type { DraftRow } from '../journal/entities.ts';
import { messageOf } from '../util/error-message.ts';
import type { Tidying } from './cleanup.ts';
import { openFiles } from './commit.ts';
import type { EngineProcess } from './engine-process.ts';
import { changeFiles, type FileChange, hashOf, refuseFile, textOf } from './files.ts';
import { changedFiles, trackedFiles } from './git.ts';
import type { Recorder } from './journal-writer.ts';
import { inWorkspace } from './temp-folders.ts';

export interface DraftInProgress {
  readonly result: Promise<Reply<Draft>>;
  /** It was cancelled, and ends soon. */
  readonly cancelled: boolean;
  cancel(): void;
}

export interface DraftContext {
  /** Where the workspace is made. */
  readonly parent: string;
  readonly tidying: Tidying;
  /** An engine that works in that folder, with fresh code. */
  spawn(events: Partial<EngineEvents>, workspace: string): EngineProcess;
}

export function executeDraft(request: DraftRequest, context: DraftContext): DraftInProgress {
  let engine: EngineProcess | null = null;
  let cancelled = false;
  const result = inWorkspace<Draft>(context.parent, async (workspace) => {
    // Statements are those of throwaways, which nobody asked to see.
    engine = context.spawn({ statementStarted() {}, statementEnded() {} }, workspace);
    try {
      const reply = await engine.ask((api) => api.draft(request));
      return cancelled ? { ok: false, problem: wasCancelled } : reply;
    } finally {
      await engine.stop();
      if (cancelled) await context.tidying.sweep(false);
    }
  });
  return {
    result,
    get cancelled() {
      return cancelled;
    },
    cancel() {
      cancelled = true;
      engine?.kill();
    },
  };
}

export const wasCancelled: Problem = {
  code: 'cancelled',
  what: 'The draft was cancelled.',
  why: 'Nothing was written.',
  next: [],
  detail: null,
};

/**
 * Writes the revision and MikroORM's snapshot: both or neither. Never over an existing revision.
 * The journal knows what has to be put back before anything is changed.
 */
export async function writeDraft(
  root: string,
  origin: Pick<DraftRow, 'base' | 'branch' | 'code'>,
  { name, path, source, snapshot }: DraftFile,
  recorder: Recorder,
): Promise<Reply<null>> {
  const before = snapshot && textOf(join(root, snapshot.path));
  if (existsSync(join(root, path)))
    return refuseFile(`${path} is there already.`, 'It is left as it is.');
  const id = await recorder.addDraft({
    name,
    file: path,
    source,
    ...origin,
    madeAt: new Date().toISOString(),
    snapshot: snapshot?.path ?? null,
    snapshotBefore: before,
    snapshotSha256: snapshot && hashOf(snapshot.text),
  });
  try {
    changeFiles(root, [
      { file: path, before: null, after: source },
      ...(snapshot ? [{ file: snapshot.path, before, after: snapshot.text }] : []),
    ]);
    return { ok: true, value: null };
  } catch (error) {
    if (id !== null) await recorder.ask(undefined, (journal) => journal.removeDraft(id));
    return refuseFile(`The draft could not be written to ${path}.`, `${messageOf(error)}.`);
  }
}

/** As it was drafted. */
export function versionOf({ source, up, down }: DraftRow): DraftVersion {
  const read = (text: string | null | undefined) =>
    text == null ? null : (JSON.parse(text) as readonly string[]);
  return { source, up: read(up), down: read(down) };
}

/** Says of a draft that git has the entities of it already, and so a commit without a revision. */
export async function withGitNote(
  root: string,
  history: History | null,
  draft: Draft,
): Promise<Draft> {
  if (!history || draft.changes.length === 0) return draft;
  const changed = await changedFiles(root);
  if (changed === null) return draft;
  if (openFiles(root, history, [], changed).some(({ role }) => role === 'code')) return draft;
  const note = 'Git has the code as it is: this change was committed without a revision.';
  return { ...draft, notes: [...draft.notes, note] };
}

/**
 * Removes a draft, and puts MikroORM's snapshot back as it was, byte for byte. The journal keeps
 * the text that the draft had at the end, and calls it discarded when its files are gone: one that
 * is still there when the process is killed is a draft as before.
 */
export async function discardDraft(
  root: string,
  revision: Revision,
  draft: DraftRow,
  recorder: Recorder,
): Promise<Reply<Discarded>> {
  const { name, state } = revision;
  if (state !== 'pending') {
    return refuseFile(
      `${name} is applied, so it is not discarded.`,
      'The database would keep what it did. Downgrade it first.',
    );
  }
  if ((await trackedFiles(root, [draft.file])).size > 0) {
    return refuseFile(
      `${name} is in git, so it is not a draft any more.`,
      'Remove it with git rm.',
    );
  }
  const path = join(root, draft.file);
  try {
    const source = readFileSync(path, 'utf8');
    const kept = await recorder.ask(false, async (journal) => {
      await journal.keepDraft(draft.id, source);
      return true;
    });
    if (!kept.ok || !kept.value) {
      return refuseFile(
        `${name} is not discarded, because the journal could not keep its text.`,
        kept.ok ? '' : kept.problem.why,
      );
    }
    const snapshot = snapshotWithout(root, draft);
    const gone = { file: draft.file, before: source, after: null };
    changeFiles(root, [gone, ...(snapshot.change ? [snapshot.change] : [])]);
    await recorder.ask(undefined, (journal) => journal.discardDraft(draft.id, new Date()));
    return { ok: true, value: { file: draft.file, snapshot: snapshot.outcome } };
  } catch (error) {
    return refuseFile(`${draft.file} could not be removed.`, `${messageOf(error)}.`);
  }
}

function snapshotWithout(
  root: string,
  { snapshot, snapshotBefore, snapshotSha256 }: DraftRow,
): { readonly outcome: Discarded['snapshot']; readonly change: FileChange | null } {
  if (!snapshot) return { outcome: 'none', change: null };
  const now = textOf(join(root, snapshot));
  if (now === null || hashOf(now) !== snapshotSha256) return { outcome: 'left', change: null };
  const after = snapshotBefore ?? null;
  const outcome = after === null ? 'removed' : 'restored';
  return { outcome, change: { file: snapshot, before: now, after } };
}
