import type { Driver } from '../mikro-orm.ts';
import { Refusal } from '../refusal.ts';
import type { Dialect, Throwaways } from './dialect.ts';
import { postgresql } from './postgresql.ts';
import { sqlite } from './sqlite.ts';

const dialects: readonly Dialect[] = [sqlite, postgresql];

export function dialectOf(driver: Driver): Dialect | undefined {
  return dialects.find((dialect) => dialect.speaks(driver));
}

/** @throws Refusal `driver-unsupported` for a database that Handrail can’t make throwaways of yet */
export function throwawaysOf({ throwaways, driver }: Dialect): Throwaways {
  if (throwaways) return throwaways;
  throw new Refusal('driver-unsupported', {
    what: `Rehearsals, drafts and watching are not possible on ${driver} yet.`,
    why: 'They need throwaway databases, which this version makes for SQLite alone.',
    next: [
      'Revisions are shown, upgraded and downgraded here; draft with mikro-orm migration:create.',
    ],
  });
}
