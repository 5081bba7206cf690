/** What differs between two schemas, object by object. */

import type { SchemaObject } from '../dialects/dialect.ts';

/** A column that a downgrade leaves in place, as the revision declares. */
export interface Kept {
  readonly table: string;
  readonly column: string;
}

/** One sentence for each difference; nothing for what is declared to be kept. */
export function differenceOf(
  before: readonly SchemaObject[],
  after: readonly SchemaObject[],
  kept: readonly Kept[],
): readonly string[] {
  const old = byId(before);
  const now = byId(after);
  const gone = [...old].filter(([id]) => !now.has(id)).map(([, each]) => `− ${describe(each)}`);
  const added = [...now]
    .filter(([id, each]) => !old.has(id) && !isKept(each, kept))
    .map(([, each]) => `+ ${describe(each)}`);
  const changed = [...now].flatMap(([id, each]) => {
    const was = old.get(id);
    return was && was.text !== each.text ? [`− ${describe(was)}`, `+ ${describe(each)}`] : [];
  });
  return [...gone, ...added, ...changed];
}

function byId(objects: readonly SchemaObject[]): ReadonlyMap<string, SchemaObject> {
  return new Map(
    objects.map((object) => [
      `${object.kind} ${object.table} ${object.name}`.toLowerCase(),
      object,
    ]),
  );
}

/** The column itself, and what hangs on it alone, such as its index. */
function isKept({ kind, table, name, text }: SchemaObject, kept: readonly Kept[]): boolean {
  return kept.some((each) => {
    if (each.table.toLowerCase() !== table.toLowerCase()) return false;
    if (kind === 'column' || kind === 'foreign key') {
      return name.toLowerCase() === each.column.toLowerCase();
    }
    return kind === 'index' && text.includes(`( ${each.column.toLowerCase()} )`);
  });
}

function describe({ kind, table, name, text }: SchemaObject): string {
  const place = kind === 'table' || kind === 'view' ? name : `${table}.${name}`;
  return `${kind} ${place}${text ? `: ${text}` : ''}`;
}
