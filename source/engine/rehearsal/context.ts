/** What revisions are rehearsed with. */

import type { History } from '../../contract/history.ts';
import type { RehearsalBase, RehearsalRequest } from '../../contract/rehearsal.ts';
import { revisionsBefore } from '../../contract/rehearsal-inputs.ts';
import type { Revision } from '../../contract/revision.ts';
import type { Tables, Throwaways } from '../databases/throwaway.ts';
import type { Events } from '../events.ts';
import type { Project } from '../project/project.ts';
import type { RevisionReader } from '../revisions/preview.ts';
import type { RevisionFile } from '../revisions/revision-file.ts';

export interface RehearsalContext {
  readonly project: Project;
  readonly reader: RevisionReader;
  readonly history: History;
  readonly files: ReadonlyMap<string, RevisionFile>;
  readonly request: RehearsalRequest;
  readonly throwaways: Throwaways;
  readonly events: Events;
}

/** One of the databases that a rehearsal is carried out on. */
export interface BaseContext extends RehearsalContext {
  readonly base: RehearsalBase;
  /** Its schema is what revisions made, not what the target's is. */
  readonly replayed: boolean;
  /** What is at the target, where rows of it are rehearsed with; else null. */
  readonly target: Tables | null;
}

/** What one of them is rehearsed with. */
export interface RevisionContext extends BaseContext {
  /** As they are in the folder, where a repaired text is rehearsed in the place of one. */
  readonly originals?: ReadonlyMap<string, RevisionFile>;
}

/** What has to be applied before a revision is rehearsed, with where that is on the target. */
export function baseOf(history: History, name: string): readonly Revision[] {
  return revisionsBefore(name, history.revisions, history.appliedOrder);
}
