/** A sample project that is open for a while, and how it is put away. */

export interface Demo {
  readonly root: string;
  /** For the project's processes. */
  readonly environment: Readonly<Record<string, string>>;
  /** For people, once it is left there: where it is, and how to remove it. */
  readonly kept: string;
  /**
   * Removes all of it; nothing if it is kept.
   *
   * @throws if something stays that should not
   */
  remove(): Promise<void>;
}
