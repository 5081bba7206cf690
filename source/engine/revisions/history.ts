/** Joins what the folder holds with what the target recorded. */

import { sep } from 'node:path';
import type { History } from '../../contract/history.ts';
import { whyProtected } from '../../contract/protection.ts';
import type { Revision, RevisionFlag } from '../../contract/revision.ts';
import { invalidIndexWords } from '../../text/phrases.ts';
import { messageOf } from '../../util/error-message.ts';
import type { RawQuery } from '../databases/raw-query.ts';
import { loadedFiles } from '../project/loaded-files.ts';
import { connectReadOnly, type OpenTarget } from '../project/project.ts';
import { Refusal } from '../refusal.ts';
import { schemaHashOf } from '../schemas/schema-hash.ts';
import { folderOf, readFolder, stemOf } from './files.ts';
import { type RecordedRevision, readRecord, schemaExists, tableOf } from './migrations-table.ts';
import type { RevisionFile } from './revision-file.ts';

/**
 * Where the target stands. Writes nothing; a database that does not exist is not created.
 *
 * @throws Refusal `database-unreachable`, `shared-sessions`
 */
export async function readHistory(project: OpenTarget): Promise<History> {
  const files = await readFolder(project);
  const { exists } = project.dialect.locate(project.orm.config, project.root);
  const {
    there,
    record: rows,
    protected: reason,
    ...state
  } = exists === false ? nothing : await readState(project);
  const table = tableOf(project).shown;
  const standing = joinRevisions(table, files, rows ?? []);
  return {
    target: {
      ...project.target,
      exists: there,
      protected: reason === undefined ? project.target.protected : reason,
    },
    table,
    recorded: rows !== null,
    ...standing,
    ...state,
    warnings: [...standing.warnings, ...invalidIndexWords(state.invalidIndexes)],
    codeHash: project.codeHash,
    inputs: inputsOf(project),
    dataFiles: project.dialect.dataFiles(project.location),
  };
}

interface RecordedState extends Pick<History, 'schemaHash' | 'invalidIndexes' | 'leftovers'> {
  readonly there: boolean;
  /** Why the target is protected, where a connection had to tell. */
  readonly protected?: string | null;
  /** Null without a table. */
  readonly record: readonly RecordedRevision[] | null;
}

/** Of a database that is not there yet. */
const nothing: RecordedState = {
  there: false,
  record: null,
  schemaHash: null,
  invalidIndexes: [],
  leftovers: [],
};

async function readState(project: OpenTarget): Promise<RecordedState> {
  const read = async () => {
    if (project.access === 'look') await connectReadOnly(project);
    const query: RawQuery = (sql) => project.connection.execute(sql, [], 'all');
    return {
      there: await schemaExists(project),
      record: await readRecord(project),
      schemaHash: await schemaHashOf(project),
      invalidIndexes: await project.dialect.invalidIndexes(query),
      leftovers: await project.dialect.leftovers(query),
      ...(await protectionBy(project, query)),
    };
  };
  try {
    try {
      return await read();
    } catch (error) {
      if (!project.dialect.recover(error, project.location)) throw error;
      return await read();
    }
  } catch (error) {
    if (project.dialect.isDatabaseNotFound(error)) return nothing;
    if (error instanceof Refusal) throw error;
    throw new Refusal('database-unreachable', {
      what: `The database ${project.target.database} could not be read.`,
      why: messageOf(error),
      next: project.dialect.unreachable(error),
      cause: error,
    });
  }
}

/** Of a connection that the project made, which alone knows where it leads. */
async function protectionBy(
  { dialect, location, target, protectedSetting }: OpenTarget,
  query: RawQuery,
): Promise<Pick<RecordedState, 'protected'>> {
  const { place, database } = location;
  if (place.kind === 'file' || place.host !== null || dialect.onThisMachine === null) return {};
  const [here] = await query(dialect.onThisMachine);
  if (!here) return {};
  const local = { ...place, host: 'localhost' };
  return { protected: whyProtected(local, { name: target.name, database }, protectedSetting) };
}

/** What a history says of revisions: all that follows from folder and record. */
type Standing = Pick<
  History,
  'revisions' | 'head' | 'current' | 'upToDate' | 'counts' | 'appliedOrder' | 'warnings'
>;

/**
 * Pure, and linear in the number of revisions.
 *
 * @param table where they are recorded, for people
 */
export function joinRevisions(
  table: string,
  files: readonly RevisionFile[],
  record: readonly RecordedRevision[],
): Standing {
  const filesByName = Map.groupBy(files, (file) => file.name);
  const recordsByName = Map.groupBy(record, (row) => row.name);
  const matched = matchOtherExtensions(files, record, filesByName, recordsByName);

  const recordOf = (name: string): RecordedRevision | undefined =>
    recordsByName.get(name)?.[0] ?? matched.recordByFile.get(name);
  const names = [...filesByName.keys()];
  const lastApplied = names.findLastIndex((name) => recordOf(name) !== undefined);
  const newestApplied = names[lastApplied];

  const present = names.map((name, index): Revision => {
    const same = filesByName.get(name) ?? [];
    const row = recordOf(name);
    const flags: RevisionFlag[] = [];
    const notes: string[] = [];
    if (!row && index < lastApplied) {
      flags.push('out-of-order');
      notes.push(`It is pending, but sorts before ${newestApplied}, which is applied.`);
    }
    if (same.length > 1) {
      flags.push('duplicate-name');
      notes.push(`${same.length} files claim this name: ${same.map((f) => f.file).join(', ')}.`);
    } else if ((recordsByName.get(name)?.length ?? 0) > 1) {
      flags.push('duplicate-name');
      notes.push(`${table} records it ${recordsByName.get(name)?.length} times.`);
    }
    const recordedAs = matched.recordByFile.has(name) && row ? row.recordedAs : null;
    if (recordedAs !== null) {
      flags.push('other-extension');
      notes.push(
        `It is recorded as ${recordedAs}; MikroORM does not match that to this file and would run it again.`,
      );
    }
    return {
      name,
      file: same[0]?.file ?? null,
      state: row ? 'applied' : 'pending',
      recordedAs,
      appliedAt: row?.appliedAt ?? null,
      sha256: same[0]?.sha256 ?? null,
      flags,
      notes,
      rehearsal: null,
    };
  });

  const missing = [...recordsByName]
    .filter(([name]) => !filesByName.has(name) && !matched.fileByRecord.has(name))
    .map(
      ([name, rows]): Revision => ({
        name,
        file: null,
        state: 'missing',
        recordedAs: null,
        appliedAt: rows[0]?.appliedAt ?? null,
        sha256: null,
        flags: [],
        notes: [`${table} records it, but there is no file for it here.`],
        rehearsal: null,
      }),
    );

  const pending = present.filter((revision) => revision.state === 'pending').length;
  const appliedOrder = [
    ...new Set(record.map((row) => matched.fileByRecord.get(row.name) ?? row.name)),
  ];
  return {
    revisions: mergeByName(present, missing),
    head: names.at(-1) ?? null,
    current: appliedOrder.at(-1) ?? null,
    upToDate: pending === 0,
    counts: { applied: present.length - pending, pending, missing: missing.length },
    appliedOrder,
    warnings: warningsOf(names, appliedOrder),
  };
}

/**
 * Matches rows such as `M1.cjs` to a file such as `M1.js`: MikroORM strips only `.js` and `.ts`
 * (MigrationStorage.getMigrationName), so the two would pass each other by.
 */
function matchOtherExtensions(
  files: readonly RevisionFile[],
  record: readonly RecordedRevision[],
  filesByName: ReadonlyMap<string, unknown>,
  recordsByName: ReadonlyMap<string, unknown>,
) {
  const unmatchedFiles = new Map(
    files.filter((file) => !recordsByName.has(file.name)).map((file) => [stemOf(file.name), file]),
  );
  const recordByFile = new Map<string, RecordedRevision>();
  const fileByRecord = new Map<string, string>();
  for (const row of record) {
    const file = filesByName.has(row.name) ? undefined : unmatchedFiles.get(stemOf(row.name));
    if (!file) continue;
    recordByFile.set(file.name, row);
    fileByRecord.set(row.name, file.name);
  }
  return { recordByFile, fileByRecord };
}

/** Missing revisions go where their name sorts; the files keep MikroORM's order. */
function mergeByName(present: readonly Revision[], missing: readonly Revision[]): Revision[] {
  const sorted = missing.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const merged: Revision[] = [];
  let next = 0;
  for (const revision of present) {
    for (let other = sorted[next]; other && other.name < revision.name; other = sorted[++next]) {
      merged.push(other);
    }
    merged.push(revision);
  }
  return [...merged, ...sorted.slice(next)];
}

function warningsOf(names: readonly string[], appliedOrder: readonly string[]): string[] {
  const position = new Map(names.map((name, index) => [name, index]));
  let last = -1;
  for (const name of appliedOrder) {
    const index = position.get(name) ?? last;
    if (index < last) {
      return [
        'Revisions were applied in another order than their names; a downgrade walks back in the order of applying.',
      ];
    }
    last = index;
  }
  return [];
}

/** Files and folders that decide what this history says. */
function inputsOf(project: OpenTarget): string[] {
  const folder = folderOf(project);
  const files = loadedFiles().filter((path) => folder === null || !path.startsWith(folder + sep));
  return folder === null ? files : [folder, ...files];
}
