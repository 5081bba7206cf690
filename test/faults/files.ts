import { readdirSync, statSync } from 'node:fs';

/** Names in a folder; [] if there is none. */
export function filesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}
