/** Has a draft made on throwaway databases, and writes it when the author accepts it. */

import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Draft, DraftFile, DraftRequest } from '../draft.ts';
import type { EngineEvents, Problem, Reply } from '../protocol.ts';
import type { EngineProcess } from './engine-process.ts';
import { inWorkspace } from './workspaces.ts';

export interface DraftInProgress {
  readonly result: Promise<Reply<Draft>>;
  cancel(): void;
}

export interface DraftContext {
  /** Where the workspace is made. */
  readonly parent: string;
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
    }
  });
  return {
    result,
    cancel() {
      cancelled = true;
      engine?.kill();
    },
  };
}

const wasCancelled: Problem = {
  code: 'cancelled',
  what: 'The draft was cancelled.',
  why: 'Nothing was written.',
  next: [],
  detail: null,
};

/** Writes the revision and MikroORM's snapshot: both or neither. Never over an existing revision. */
export function writeDraft(root: string, { path, source, snapshot }: DraftFile): Reply<null> {
  const revision = join(root, path);
  try {
    mkdirSync(dirname(revision), { recursive: true });
    writeFileSync(revision, source, { flag: 'wx' });
  } catch (error) {
    return refuse(`${path} could not be written.`, error);
  }
  if (snapshot === null) return { ok: true, value: null };
  const place = join(root, snapshot.path);
  const temporary = `${place}.handrail-${process.pid}`;
  try {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(temporary, snapshot.text, { flag: 'wx' });
    renameSync(temporary, place);
    return { ok: true, value: null };
  } catch (error) {
    rmSync(temporary, { force: true });
    rmSync(revision, { force: true });
    return refuse(`MikroORM’s snapshot ${snapshot.path} could not be written.`, error);
  }
}

function refuse(what: string, error: unknown): Reply<never> {
  const why = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    problem: { code: 'usage', what, why: `${why}. Nothing was changed.`, next: [], detail: null },
  };
}
