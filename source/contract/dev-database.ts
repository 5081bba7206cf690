/** A throwaway database of the entities alone, on which the application can be tried. */

import type { Problem } from './problem.ts';

export interface BuildRequest {
  /** Runs the project's seeder on it. */
  readonly seed: boolean;
}

export interface Built {
  /** For `HANDRAIL_DATABASE_URL` and the like; the same each time it is made anew. */
  readonly url: string;
  /** For `dbName`: a file, or a name. */
  readonly database: string;
  readonly tables: number;
  /** The project's seeder that was run; null if none was. */
  readonly seeder: string | null;
  readonly ms: number;
}

/** The throwaway that is kept like the entities; null while nobody wants one. */
export interface Build {
  readonly request: BuildRequest;
  /** It is being made, or made anew. */
  readonly building: boolean;
  /** The last one that was made; it stays while it can't be made anew. */
  readonly built: Built | null;
  /** When, ISO 8601. */
  readonly at: string | null;
  /** Why the last try failed. */
  readonly problem: Problem | null;
}
