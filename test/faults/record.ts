/** Whether the journal and the answer of a command that was struck agree with the database. */

import { existsSync } from 'node:fs';
import { type JournalRun, journalOf, journalPath } from '../e2e/journal.ts';
import type { MadeProject } from '../kit/made-project.ts';
import { integrityErrors } from '../kit/sqlite.ts';
import type { Struck } from './journey.ts';

export class Record {
  readonly #project: MadeProject;
  #unfinished = 0;
  #runs = 0;
  /** Names that the target recorded when it was looked at last. */
  #recorded: readonly string[];

  private constructor(project: MadeProject, recorded: readonly string[]) {
    this.#project = project;
    this.#recorded = recorded;
  }

  /** Of a project in which nothing was run yet. */
  static async of(project: MadeProject): Promise<Record> {
    return new Record(project, await project.database.recorded());
  }

  /** Runs whose end nobody has recorded, when it was looked at last. */
  get unfinished(): number {
    return this.#unfinished;
  }

  /** @returns what is not as it has to be, after a command */
  async look({ result, victim }: Struck): Promise<readonly string[]> {
    const { root } = this.#project;
    const path = journalPath(root);
    const wrong = existsSync(path)
      ? integrityErrors(path).map((each) => `the journal is damaged: ${each}`)
      : [];
    const runs = journalOf(root);
    const unfinished = runs.filter(({ finished }) => !finished);
    if (runs.length < this.#runs) wrong.push(`${this.#runs - runs.length} runs are gone`);
    if (unfinished.length > 1) wrong.push(`${unfinished.length} runs are unfinished at once`);
    if (result.status !== null) {
      // A target that does not answer can't say what became of a run, nor can an engine that was killed.
      const own = runs.slice(this.#runs).some(({ finished }) => !finished);
      if (own && victim !== 'server' && victim !== 'sessions') {
        wrong.push('it ended, and its run is unfinished');
      }
      if (victim === null && unfinished.length > 0) wrong.push('it left a run unfinished');
      if (this.#unfinished > unfinished.length && !result.stderr.includes('never finished')) {
        wrong.push('it says nothing of the run that never finished');
      }
    }
    const last = runs.at(-1);
    if (last?.finished) wrong.push(...(await this.#stepsDisagree('the journal says', last)));
    if (result.status !== null && result.stdout.startsWith('{')) {
      const { outcome, direction, steps } = JSON.parse(result.stdout) as Answer;
      if (direction) {
        const told = steps?.map((step) => ({
          name: step.name,
          outcome: step.outcome ?? (outcome === 'done' ? 'done' : null),
        }));
        const run = { direction, steps: told ?? [] };
        wrong.push(...(await this.#stepsDisagree('it says', run)));
      }
    }
    this.#unfinished = unfinished.length;
    this.#runs = runs.length;
    this.#recorded = await this.#project.database.recorded();
    return wrong;
  }

  /**
   * Steps that are done are what they made, and those that are not are what they were: one that
   * undoes a half-done upgrade had no record before.
   */
  async #stepsDisagree(
    who: string,
    { direction, steps }: Pick<JournalRun, 'direction' | 'steps'>,
  ): Promise<readonly string[]> {
    if (direction === 'restore') return [];
    const recorded = await this.#project.database.recorded();
    return steps
      .filter(({ name, outcome }) => {
        const isThere = recorded.includes(name);
        return (
          isThere !== (outcome === 'done' ? direction === 'up' : this.#recorded.includes(name))
        );
      })
      .map(
        ({ name, outcome }) =>
          `${who} “${outcome}” (${direction}) of ${name}; recorded are ${recorded.join(', ')}`,
      );
  }
}

interface Answer {
  readonly outcome: string;
  readonly direction?: 'up' | 'down';
  readonly steps?: readonly { readonly name: string; readonly outcome?: string }[];
}
