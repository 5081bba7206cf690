/** What the doctor says of indexes that a concurrent build left half-done. */

import { readFile } from 'node:fs/promises';
import type { Remedy } from '../../../../contract/doctor.ts';
import { bytes } from '../../../../text/format.ts';
import { type Check, type CheckContext, type Found, remedy } from '../../../doctor/check.ts';
import type { RevisionFile } from '../../../revisions/revision-file.ts';
import { nameOf } from '../catalogue/table.ts';
import { qualified } from '../parser/sql.ts';
import { type InvalidIndex, invalidIndexes } from './invalid-indexes.ts';

export const invalidIndexCheck: Check = {
  kind: 'invalid-index',
  async find(context) {
    const found: Found[] = [];
    for (const index of await invalidIndexes(context.query)) {
      found.push(await describe(index, context));
    }
    return found;
  },
};

interface Details {
  /** Bytes; a string, as 64 bits are. */
  readonly size: string;
  readonly definition: string;
  readonly unique: boolean;
  /** It is kept up to date with every write. */
  readonly ready: boolean;
}

/**
 * What `reindex concurrently` calls the new and the old index while it works
 * (https://www.postgresql.org/docs/current/sql-reindex.html, “Rebuilding Indexes Concurrently”).
 */
const REBUILT = /^(.+)_(ccnew|ccold)\d*$/;

async function describe(
  index: InvalidIndex,
  { query, files, history }: CheckContext,
): Promise<Found> {
  const [details] = await query<Details>(
    `select pg_relation_size(indexrelid)::text as size, pg_get_indexdef(indexrelid) as definition,
        indisunique as unique, indisready as ready
      from pg_index where indexrelid = ${index.oid}`,
  );
  const [, original = null, suffix] = REBUILT.exec(index.name) ?? [];
  const makers = await revisionsNaming(original ?? index.name, files);
  const maker = history.revisions.findLast(({ name }) => makers.includes(name));
  const again = maker?.state === 'pending' ? maker.name : null;
  const name = nameOf(index);
  return {
    about: name,
    severity: 'hazard',
    what: `The index ${name} of ${nameOf({ schema: index.schema, name: index.table })} is invalid: its ${original === null ? 'build' : 'rebuild'} did not end.`,
    why: [
      details?.ready
        ? 'It is kept up to date with every write, and no query uses it.'
        : 'It takes up room, and no query uses it.',
      details?.unique && details.ready
        ? 'It may refuse rows all the same, since it is unique.'
        : '',
      suffix === 'ccold' ? 'The one that replaced it is in use.' : '',
    ]
      .filter(Boolean)
      .join(' '),
    facts: details
      ? [
          bytes(Number(details.size)),
          details.definition,
          ...makers.map((each) => `named by ${each}`),
        ]
      : [],
    remedies: remediesOf(index, details ?? null, original, suffix === 'ccnew', again),
  };
}

function remediesOf(
  { schema, name }: InvalidIndex,
  details: Details | null,
  original: string | null,
  isNew: boolean,
  again: string | null,
): readonly Remedy[] {
  const index = qualified({ schema, name });
  const drop = `drop index concurrently ${index};`;
  if (original !== null) {
    const rebuild = `reindex index concurrently ${qualified({ schema, name: original })};`;
    return [
      isNew
        ? remedy('Drop it, and rebuild the index that it was to replace.', {
            statements: [drop, rebuild],
          })
        : remedy('Drop it.', { statements: [drop] }),
    ];
  }
  if (again !== null) {
    return [
      remedy(`Drop it, and upgrade: ${again} names it and is pending.`, {
        statements: [drop],
        commands: ['handrail up'],
      }),
    ];
  }
  return [
    remedy('Drop it, and build it again.', {
      statements: [drop, ...(details ? [`${concurrently(details.definition)};`] : [])],
    }),
    remedy('Or rebuild it in its place.', {
      statements: [`reindex index concurrently ${index};`],
    }),
  ];
}

function concurrently(definition: string): string {
  return definition.replace(/^CREATE (UNIQUE )?INDEX/, 'CREATE $1INDEX CONCURRENTLY');
}

/** Names of revisions whose text has that word. Read only if there is something to ask about. */
async function revisionsNaming(
  word: string,
  files: readonly RevisionFile[],
): Promise<readonly string[]> {
  const escaped = word.replace(/[^\w]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`);
  const names: string[] = [];
  for (const { name, path } of files) {
    if (path !== null && pattern.test(await readFile(path, 'utf8').catch(() => ''))) {
      names.push(name);
    }
  }
  return names;
}
