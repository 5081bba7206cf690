import type { Driver } from '../mikro-orm.ts';
import type { Dialect } from './dialect.ts';
import { postgresql } from './postgresql.ts';
import { sqlite } from './sqlite.ts';

const dialects: readonly Dialect[] = [sqlite, postgresql];

export function dialectOf(driver: Driver): Dialect | undefined {
  return dialects.find((dialect) => dialect.speaks(driver));
}
