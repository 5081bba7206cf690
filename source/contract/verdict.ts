export type Verdict =
  /** All that there is of it ran, and nothing was lost that the revision did not say. */
  | 'clean'
  /** It ran, with hazards, or not all of it could be measured. */
  | 'hazards'
  /** It did not complete. */
  | 'failed';
