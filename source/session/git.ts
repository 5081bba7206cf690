/** What git knows of a project's files, asked of git itself; and committing them. */

import { isAbsolute, posix, relative, resolve } from 'node:path';
import { execa } from 'execa';

/** A file that differs from the last commit. */
export interface ChangedFile {
  /** Relative to the project's root. */
  readonly path: string;
  readonly change: 'new' | 'changed' | 'removed';
  /** In git's index, wholly or in part. */
  readonly staged: boolean;
}

/**
 * Which of the files are in git's index or history: nothing where there is no repository, or no git.
 *
 * @param paths relative to `root`
 */
export async function trackedFiles(
  root: string,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const { stdout, failed } = await look(root, ['ls-files', '-z', '--', ...paths]);
  return new Set(failed ? [] : partsOf(stdout));
}

/**
 * Which of the files git does not know; null where there is no repository.
 *
 * @param folders where to look, relative to `root`
 * @param ignored those that git is told to ignore, too
 */
export async function untrackedFiles(
  root: string,
  folders: readonly string[],
  { ignored }: { readonly ignored: boolean },
): Promise<ReadonlySet<string> | null> {
  if (folders.length === 0) return new Set();
  const which = ['--others', ...(ignored ? [] : ['--exclude-standard'])];
  const { stdout, failed } = await look(root, ['ls-files', ...which, '-z', '--', ...folders]);
  return failed ? null : new Set(partsOf(stdout));
}

/** Null without a repository, and while no branch is checked out. */
export async function currentBranch(root: string): Promise<string | null> {
  const { stdout, failed } = await look(root, ['symbolic-ref', '--short', '--quiet', 'HEAD']);
  return failed ? null : stdout.trim();
}

/** A branch that has a file which is not here, and never was on the way to here; null if none has. */
export async function branchWith(root: string, path: string): Promise<string | null> {
  const found = await look(root, [
    ...['log', '--branches', '--max-count=1', '--diff-filter=AM', '--format=%H'],
    ...['--', path],
  ]);
  const commit = found.failed ? '' : found.stdout.trim();
  if (commit === '') return null;
  const wasHere = await look(root, ['merge-base', '--is-ancestor', commit, 'HEAD']);
  if (!wasHere.failed) return null;
  const names = ['branch', '--format=%(refname:short)', '--contains', commit];
  return (await look(root, names)).stdout.split('\n')[0] ?? null;
}

/** Changes with every commit and every switch of branches; null without a repository. */
export async function headLog(root: string): Promise<string | null> {
  const { stdout, failed } = await look(root, ['rev-parse', '--git-path', 'logs/HEAD']);
  return failed ? null : resolve(root, stdout.trim());
}

/** Every file of the repository that differs from the last commit; null if there is no repository. */
export async function changedFiles(root: string): Promise<readonly ChangedFile[] | null> {
  // Where the project is in the repository, as its paths begin.
  const prefix = await look(root, ['rev-parse', '--show-prefix']);
  if (prefix.failed) return null;
  const status = await look(root, ['status', '--porcelain', '-z', '--untracked-files=all']);
  if (status.failed) return null;
  const changed: ChangedFile[] = [];
  const entries = partsOf(status.stdout);
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] ?? '';
    const [index = ' ', tree = ' '] = entry;
    // Its old name follows (git's documentation of status, "Pathname Format Notes and -z").
    if (index === 'R' || index === 'C') at++;
    const path = posix.relative(prefix.stdout.trim(), entry.slice(3));
    const isNew = index === '?' || index === 'A';
    const isGone = index === 'D' || tree === 'D';
    changed.push({
      path,
      change: isNew ? 'new' : isGone ? 'removed' : 'changed',
      staged: index !== ' ' && index !== '?',
    });
  }
  return changed;
}

export interface Committed {
  readonly ok: boolean;
  /** What git or a hook said. Empty when it said it on the terminal. */
  readonly said: string;
}

/**
 * Commits exactly these files, whatever else is staged, with the repository's hooks.
 *
 * @param paths relative to `root`
 * @param interactive gives git the terminal, so that the person's editor opens with the message
 */
export async function commitFiles(
  root: string,
  paths: readonly string[],
  message: string,
  interactive: boolean,
): Promise<Committed> {
  // A file that git does not know yet can't be named in a commit.
  const added = await git(root, ['add', '--', ...paths]);
  if (added.failed) return { ok: false, said: added.all };
  const edit = interactive ? ['--edit'] : [];
  const args = ['commit', '--message', message, ...edit, '--only', '--', ...paths];
  if (interactive) {
    const { failed } = await execa({ cwd: root, reject: false, stdio: 'inherit' })('git', args);
    return { ok: !failed, said: '' };
  }
  const { failed, all } = await git(root, args);
  return { ok: !failed, said: all };
}

/** Short name of the last commit; null without one. */
export async function lastCommit(root: string): Promise<string | null> {
  const { stdout, failed } = await look(root, ['rev-parse', '--short', 'HEAD']);
  return failed ? null : stdout.trim();
}

export function isInside(root: string, path: string): boolean {
  const from = relative(root, path);
  return from !== '' && !from.startsWith('..') && !isAbsolute(from);
}

/** Looking takes no lock (git's documentation, GIT_OPTIONAL_LOCKS). */
function look(root: string, args: readonly string[]) {
  return git(root, args, { GIT_OPTIONAL_LOCKS: '0' });
}

function git(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return execa({ cwd: root, reject: false, all: true, stdin: 'ignore', env })('git', [...args]);
}

function partsOf(output: string): readonly string[] {
  return output.split('\0').filter((part) => part !== '');
}
