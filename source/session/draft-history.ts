/** What drafts were before they were saved last: by whoever, in whatever window. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Direction } from '../contract/direction.ts';
import type { DraftVersion } from '../contract/draft.ts';
import type { History } from '../contract/history.ts';
import type { Preview } from '../contract/preview.ts';
import type { Reply } from '../contract/problem.ts';
import type { Revision } from '../contract/revision.ts';
import { hashOf } from './files.ts';

type AskPreview = (name: string, direction: Direction) => Promise<Reply<Preview>>;

/** What the file of a revision says now, and would send. Null if it can't be read. */
export async function readVersion(
  root: string,
  { name, file }: Pick<Revision, 'name' | 'file'>,
  preview: AskPreview,
): Promise<DraftVersion | null> {
  try {
    const source = await readFile(join(root, file ?? ''), 'utf8');
    const [up, down] = await Promise.all([preview(name, 'up'), preview(name, 'down')]);
    return { source, up: statementsOf(up), down: statementsOf(down) };
  } catch {
    return null;
  }
}

/** All of them, or nobody knows. */
function statementsOf(reply: Reply<Preview>): DraftVersion['up'] {
  if (!reply.ok || reply.value.total > reply.value.statements.length) return null;
  return reply.value.statements;
}

export class Saves {
  readonly #root: string;
  readonly #preview: AskPreview;
  /** By path. */
  readonly #newest = new Map<string, { readonly sha256: string; readonly version: DraftVersion }>();
  readonly #before = new Map<string, DraftVersion>();

  constructor(root: string, preview: AskPreview) {
    this.#root = root;
    this.#preview = preview;
  }

  /** Takes in a history. Resolves with the drafts that were saved since the one before. */
  async looked({ revisions }: History): Promise<readonly Revision[]> {
    const saved: Revision[] = [];
    for (const revision of revisions) {
      const { file, sha256, flags } = revision;
      if (file === null || sha256 === null || !flags.includes('draft')) continue;
      const known = this.#newest.get(file);
      if (known?.sha256 === sha256) continue;
      const version = await readVersion(this.#root, revision, this.#preview);
      // It was saved once more meanwhile, and is looked at again for that.
      if (version === null || hashOf(version.source) !== sha256) continue;
      this.#newest.set(file, { sha256, version });
      if (!known) continue;
      this.#before.set(file, known.version);
      saved.push(revision);
    }
    return saved;
  }

  /** Null if it was not saved since it was first seen. */
  before(file: string): DraftVersion | null {
    return this.#before.get(file) ?? null;
  }
}
