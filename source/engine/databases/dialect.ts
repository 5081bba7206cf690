/** What differs between the databases, and nothing else. One implementation per database. */

import type { DriverName } from '../../contract/target.ts';
import type { Check } from '../doctor/check.ts';
import type { Backups } from './backups.ts';
import type { Catalogue } from './catalogue.ts';
import type { Connecting } from './connection.ts';
import type { Drafting } from './drafting.ts';
import type { Execution } from './execution.ts';
import type { ThrowawayPlace, Throwaways } from './throwaway.ts';

export interface Dialect extends Connecting, Execution, Catalogue, Drafting {
  readonly backups: Backups;
  readonly driver: DriverName;
  /** Of the doctor, about what only this database has; the worst first. */
  readonly checks: readonly Check[];
  /** Databases to rehearse on. Makes none yet. */
  throwaways(place: ThrowawayPlace): Promise<Throwaways>;
}
