/** What the doctor finds in a project and its target, and what can be done about it. */

export type DoctorFindingKind =
  | 'duplicate-name'
  | 'broken'
  | 'missing-file'
  | 'other-extension'
  | 'invalid-index'
  | 'edited'
  | 'out-of-order'
  | 'left-throwaway'
  | 'behind';

/** Something to do about a finding. The doctor shows it; a person does it. */
export interface Remedy {
  /** One sentence. */
  readonly title: string;
  /** To be sent to the target as they stand, each by itself, in this order. */
  readonly statements: readonly string[];
  /** For a shell in the project's folder, after the statements. */
  readonly commands: readonly string[];
}

export interface DoctorFinding {
  readonly kind: DoctorFindingKind;
  /** What it is about, such as a revision; unique among those of its kind. */
  readonly about: string;
  /** `hazard`: it does harm, or will. `notice`: good to know. */
  readonly severity: 'hazard' | 'notice';
  /** What was found, one sentence. */
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** What is known of it, a few words each. */
  readonly facts: readonly string[];
  /** Those first that keep data. */
  readonly remedies: readonly Remedy[];
}

export interface Diagnosis {
  /** Worst first. */
  readonly findings: readonly DoctorFinding[];
}
