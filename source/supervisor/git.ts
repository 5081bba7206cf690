/** What git knows of a project's files, asked of git itself. */

import { execa } from 'execa';

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
  const { stdout, failed } = await execa({
    cwd: root,
    reject: false,
    stdin: 'ignore',
    // Looking takes no lock (git's documentation, GIT_OPTIONAL_LOCKS).
    env: { GIT_OPTIONAL_LOCKS: '0' },
  })('git', ['ls-files', '-z', '--', ...paths]);
  return new Set(failed ? [] : stdout.split('\0').filter((path) => path !== ''));
}
