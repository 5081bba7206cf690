/**
 * The last step: revision, snapshot and code in one commit. Nothing is committed that was not
 * rehearsed as it is, and nothing is called done while a part of it is missing.
 */

import { basename, dirname, relative } from 'node:path';
import type { CommitDone, CommitFile, CommitProposal } from '../contract/commit.ts';
import type { History } from '../contract/history.ts';
import type { Problem, ProblemCode, Reply } from '../contract/problem.ts';
import type { Revision } from '../contract/revision.ts';
import { revisionsMeant, wordsOf } from '../contract/revision-name.ts';
import { measuredOf } from '../text/phrases.ts';
import { type ChangedFile, changedFiles, commitFiles, isInside, lastCommit } from './git.ts';

/** @param names the revisions to commit; none means every one that git does not have as it is */
export async function proposeCommit(
  root: string,
  history: History,
  names: readonly string[],
): Promise<Reply<CommitProposal>> {
  const { revisions } = history;
  const changed = await changedFiles(root);
  if (changed === null) {
    return refuse('usage', 'There is no git repository here.', 'Or git is not installed.', [
      'git init makes one.',
    ]);
  }
  const byPath = new Map(changed.map((file) => [file.path, file]));
  const isOpen = ({ file }: Revision) => file !== null && byPath.has(file);
  const wanted = new Set<Revision>();
  for (const name of names) {
    const [revision, ...more] = revisionsMeant(revisions, name);
    if (!revision) return refuse('unknown-revision', `There is no revision ${name}.`, '');
    if (more.length > 0) {
      const all = [revision, ...more].map((each) => each.name).join(', ');
      return refuse('ambiguous-revision', `${name} can mean ${more.length + 1} revisions.`, all, [
        'Give the whole name.',
      ]);
    }
    wanted.add(revision);
  }
  const chosen = revisions.filter(
    (revision) => isOpen(revision) && (names.length === 0 || wanted.has(revision)),
  );
  if (chosen.length === 0) {
    return refuse('nothing-to-do', 'Git has every revision as it is.', '');
  }
  const proven = chosen.flatMap(({ name, file, rehearsal }) =>
    file !== null && rehearsal !== null ? [{ name, file, evidence: rehearsal }] : [],
  );
  const unproven = chosen.flatMap(whyUnproven);
  if (unproven.length > 0) {
    return refuse('unproven', 'It is not proven as it is.', unproven.join(' '), [
      `Rehearse it: handrail rehearse ${chosen.map(({ name }) => name).join(' ')}`,
    ]);
  }
  const files = openFiles(root, history, proven, changed);
  const own = new Set(files.map(({ path }) => path));
  return {
    ok: true,
    value: {
      revisions: proven,
      files,
      others: changed.map(({ path }) => path).filter((path) => !own.has(path)),
      message: messageOf(proven),
    },
  };
}

/** Which of the changed files belong in one commit with these revisions. */
export function openFiles(
  root: string,
  { revisions, inputs }: History,
  chosen: readonly Pick<Revision, 'file'>[],
  changed: readonly ChangedFile[],
): readonly CommitFile[] {
  const all = revisions.flatMap(({ file }) => file ?? []);
  const wanted = new Set(chosen.map(({ file }) => file));
  const code = new Set(codeOf(root, inputs, all));
  const of = (role: CommitFile['role'], belongs: (path: string) => boolean) =>
    changed.filter(({ path }) => belongs(path)).map((file) => ({ ...file, role }));
  return [
    ...of('revision', (path) => wanted.has(path)),
    ...of('snapshot', (path) => isSnapshot(path, all)),
    ...of('code', (path) => code.has(path)),
  ];
}

/** Commits what was proposed, and checks that nothing of it was left out. */
export async function carryOutCommit(
  root: string,
  { files }: CommitProposal,
  message: string,
  interactive: boolean,
): Promise<Reply<CommitDone>> {
  const paths = files.map(({ path }) => path);
  const { ok, said } = await commitFiles(root, paths, message, interactive);
  const left = (await changedFiles(root))?.map(({ path }) => path) ?? paths;
  const missing = paths.filter((path) => left.includes(path));
  if (!ok) {
    return refuse('commit-failed', 'Git did not commit.', said.trim(), [
      'The files are staged. Mend what a hook or git says, and commit again.',
    ]);
  }
  if (missing.length > 0) {
    return refuse(
      'commit-failed',
      `The commit was made, but without ${missing.join(', ')}.`,
      'Or a hook changed them while it was made.',
      ['Look at git status, and amend the commit.'],
    );
  }
  return { ok: true, value: { commit: await lastCommit(root), files: paths } };
}

function whyUnproven({ name, rehearsal }: Revision): readonly string[] {
  if (!rehearsal) return [`${name} was never rehearsed here.`];
  if (rehearsal.verdict !== 'clean') return [`The rehearsal of ${name} was not clean.`];
  const { plan } = rehearsal;
  if (plan !== null && plan !== 'clean') {
    return [`${name} is clean by itself, but the plan that it was rehearsed in was not.`];
  }
  // What the base is may change with the commit's neighbours; the revision itself may not.
  const what = rehearsal.stale.filter((each) => each !== 'base');
  if (what.length === 0) return [];
  const words = what.includes('file') ? 'its file' : 'the project’s code';
  return [`Since ${name} was rehearsed, ${words} has changed.`];
}

/** The project's code that is loaded with its configuration, without revisions and packages. */
function codeOf(
  root: string,
  inputs: readonly string[],
  revisions: readonly string[],
): readonly string[] {
  const known = new Set(revisions);
  return inputs
    .filter((path) => isInside(root, path))
    .map((path) => relative(root, path))
    .filter((path) => !known.has(path));
}

/** MikroORM's own name for it, beside the revisions (Migrator.js, getSnapshotPath). */
function isSnapshot(path: string, revisions: readonly string[]): boolean {
  const folders = new Set(revisions.map((file) => dirname(file)));
  return folders.has(dirname(path)) && /^\.snapshot-.*\.json$/.test(basename(path));
}

/** `migrations: add isbn`, and what the rehearsal measured. */
function messageOf(revisions: CommitProposal['revisions']): string {
  const subject = revisions.map(({ name }) => wordsOf(name)).join(', ');
  const measured = revisions.map(
    ({ name, evidence }) => `Rehearsed ${name}: ${measuredOf(evidence).join(', ')}.`,
  );
  return [`migrations: ${subject}`, '', ...measured].join('\n');
}

function refuse(
  code: ProblemCode,
  what: string,
  why: string,
  next: readonly string[] = [],
): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, what, why, next, detail: null } };
}
