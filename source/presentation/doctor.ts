/** What the doctor says, for the app and the command alike. */

import type { Remedy } from '../contract/doctor.ts';

export const NOTHING_FOUND = 'No problems found.';

/** What a remedy consists of, as it is typed: SQL as it is, commands after a `$`. */
export function toDo({ statements, commands }: Remedy): readonly string[] {
  return [...statements, ...commands.map((command) => `$ ${command}`)];
}
