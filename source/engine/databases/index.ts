/** The dialects, by the name of MikroORM's platform; only the one that is spoken is loaded. */

import type { Driver } from '../project/mikro-orm.ts';
import type { Dialect } from './dialect.ts';

const dialects: Readonly<Record<string, () => Promise<Dialect>>> = {
  SqlitePlatform: async () => (await import('./sqlite/index.ts')).sqlite,
  PostgreSqlPlatform: async () => (await import('./postgresql/index.ts')).postgresql,
};

/** Undefined for a database that Handrail has no dialect for. */
export async function dialectOf(driver: Driver): Promise<Dialect | undefined> {
  return dialects[driver.getPlatform().constructor.name]?.();
}
