/** What revisions would send: all of it where it is judged, the first of it where it is shown. */

import type { Direction } from '../../contract/direction.ts';
import type { Preview } from '../../contract/preview.ts';
import type { Project } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { readFolder } from './files.ts';
import { RevisionReader } from './preview.ts';

/** At most so many statements of a revision are shown before it runs, and so many characters. */
const SHOWN_STATEMENTS = 2_000;
const SHOWN_CHARACTERS = 1_000_000;

/** @throws Refusal `missing-file`, `broken-revision` */
export async function previewsOf(
  project: Project,
  chosen: readonly { readonly name: string }[],
  direction: Direction,
): Promise<readonly Preview[]> {
  const files = new Map((await readFolder(project)).map((file) => [file.name, file]));
  const reader = await RevisionReader.create(project);
  const previews: Preview[] = [];
  for (const { name } of chosen) {
    const file = files.get(name);
    if (!file) throw new Refusal('missing-file', { what: `There is no file for ${name} here.` });
    previews.push(await reader.preview(file, direction));
  }
  return previews;
}

/** As it is shown. */
export function shownOf(preview: Preview): Preview {
  let characters = 0;
  const end = preview.statements.findIndex((sql, index) => {
    characters += sql.length;
    return index >= SHOWN_STATEMENTS || (index > 0 && characters > SHOWN_CHARACTERS);
  });
  return end < 0 ? preview : { ...preview, statements: preview.statements.slice(0, end) };
}
