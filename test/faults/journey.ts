/** What a walk is made of: a project, the commands that can be struck in it, and what must hold. */

import type { DatabaseUnderTest } from '../kit/databases.ts';
import type { MadeProject } from '../kit/made-project.ts';
import type { RunResult } from '../kit/program.ts';
import type { Operation, Victim } from './moment.ts';

/** Runs a command of the built program to its end. */
export type Handrail = (...args: string[]) => Promise<RunResult>;

/** One that can be struck as things stand. */
export interface Command {
  readonly operation: Operation;
  readonly args: readonly string[];
  /** What it ends with when nothing strikes. */
  readonly status: number;
  /** How much it has to do: with as much it has the same moments. */
  readonly extent: string;
  /** What the trial itself does first. */
  readonly before?: () => Promise<void>;
}

export interface Struck {
  readonly command: Command;
  readonly result: RunResult;
  /** Null if nothing struck. */
  readonly victim: Victim | null;
}

export interface Journey {
  readonly project: MadeProject;
  commands(): Promise<readonly Command[]>;
  /**
   * Looks at what is there, with other clients than Handrail's, and at what it said.
   *
   * @returns what is not as it has to be
   */
  look(struck: Struck): Promise<readonly string[]>;
  /**
   * Goes on with the next commands, which nothing strikes, to the end.
   *
   * @returns what is not as it has to be
   */
  end(): Promise<readonly string[]>;
}

export interface Preparing {
  readonly driver: DatabaseUnderTest['driver'];
  readonly makeProject: DatabaseUnderTest['makeProject'];
  /** In the project that was made last. */
  readonly handrail: Handrail;
}

/** Of a command that has to end well. */
export function failed(what: string, { status, stdout, stderr }: RunResult, meant = 0): string[] {
  return status === meant ? [] : [`${what} ends with ${status}: ${stdout}${stderr}`];
}
