/** What MikroORM takes for a difference, and the server does not. */

import type { SchemaDifference } from '@mikro-orm/sql';
import type { ObjectKind } from '../../contract/object-ref.ts';
import type { SchemaEquality } from '../databases/catalogue.ts';
import { isAbout, isMadeOf } from '../rehearsal/entity-difference.ts';
import type { Inequality } from '../rehearsal/equality.ts';
import { entriesOf } from './entries.ts';

/** MikroORM finds no more than the catalogue does in these. */
const TRUSTED: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'comment',
  'partitioning',
  'row security',
  'schema',
]);

const CONSTRAINTS: ReadonlySet<ObjectKind> = new Set<ObjectKind>([
  'check',
  'foreign key',
  'unique',
]);

/** Takes out of a difference what the catalogues of both databases say is equal. */
export function settle(
  difference: SchemaDifference,
  found: readonly Inequality[],
  usual: string | null,
  { namesConstraints }: SchemaEquality,
): void {
  const unequal = found.filter(
    ({ kind, hurts }) => kind !== 'named' && (hurts || kind !== 'different'),
  );
  for (const entry of entriesOf(difference, usual)) {
    if (TRUSTED.has(entry.ref.kind)) continue;
    const byTable = !namesConstraints && CONSTRAINTS.has(entry.ref.kind);
    const concerned = unequal.some(({ ref }) => {
      if (isAbout(entry.ref, ref) || isMadeOf(entry.ref, ref)) return true;
      if (byTable && ref.table === entry.ref.table) return true;
      return entry.ref.kind === 'column' && belongsTo(ref, entry.ref.name, entry.types);
    });
    if (!concerned) entry.leaveOut();
  }
}

/** A comment on a column, or its type: MikroORM tells them with the column. */
function belongsTo(ref: Inequality['ref'], column: string, types: readonly string[]): boolean {
  if (ref.kind === 'comment') return ref.name.endsWith(`.${column}`);
  return ref.kind === 'enum' && types.includes(ref.name);
}
