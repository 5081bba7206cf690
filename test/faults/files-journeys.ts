/** Commands that change the project's files: repairs of a revision, and drafts of one. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rehearsalOf } from '../engine/rehearsal/kit.ts';
import { sql } from '../kit/builders.ts';
import type { DatabaseUnderTest } from '../kit/databases.ts';
import type { ProjectOptions } from '../kit/made-project.ts';
import { filesIn } from './files.ts';
import { type Command, failed, type Journey, type Preparing, type Struck } from './journey.ts';
import type { Operation } from './moment.ts';
import { Record } from './record.ts';

/** On SQLite a revision that deletes rows of another table by the way, elsewhere one that renames. */
function rehearsedBefore(driver: DatabaseUnderTest['driver']): ProjectOptions {
  if (driver === 'postgresql') {
    const shelf = (name: string) =>
      `create table "${name}" ("id" int primary key, "label" text not null)`;
    return rehearsalOf(
      sql('pantry', [shelf('shelf')]),
      sql(
        'tall_shelf',
        [shelf('tall_shelf'), 'drop table "shelf"'],
        [shelf('shelf'), 'drop table "tall_shelf"'],
      ),
      `insert into shelf values (1, 'top'), (2, 'low')`,
    );
  }
  const shelf = (label: string) => [
    'pragma foreign_keys = off;',
    `create table "shelf__temp_alter" ("id" integer not null primary key, "label" text ${label});`,
    'insert into "shelf__temp_alter" select "id", "label" from "shelf";',
    'drop table "shelf";',
    'alter table "shelf__temp_alter" rename to "shelf";',
    'pragma foreign_keys = on;',
  ];
  return rehearsalOf(
    sql('pantry', [
      'create table "shelf" ("id" integer not null primary key, "label" text not null)',
      'create table "jar" ("id" integer not null primary key, "shelf_id" integer not null references "shelf" ("id") on delete cascade)',
    ]),
    sql('tall_shelf', shelf('null'), shelf('not null')),
    `insert into shelf values (1, 'top'); insert into jar values (1, 1), (2, 1), (3, 1)`,
  );
}

export async function repairJourney({
  driver,
  makeProject,
  handrail,
}: Preparing): Promise<Journey> {
  const project = await makeProject(rehearsedBefore(driver));
  const record = await Record.of(project);
  const { path } = project.revision('tall_shelf');
  const before = readFileSync(path, 'utf8');
  const content = await project.database.fingerprint();
  const isRepaired = () => readFileSync(path, 'utf8') !== before;
  const rehearse: Command = {
    operation: 'repair',
    args: ['rehearse', '--repair'],
    status: 0,
    extent: '',
  };
  const undo: Command = {
    operation: 'undo a repair',
    args: ['repair', '--undo', '--yes'],
    status: 0,
    extent: '',
  };

  const look = async (struck: Struck) => {
    const wrong = [...(await record.look(struck)), ...(await project.database.damage())];
    const now = readFileSync(path, 'utf8');
    const repaired = { sqlite: 'raise(ignore)', postgresql: 'rename to' }[driver];
    const isWhole = now === before || (now.includes(repaired) && now.trimEnd().endsWith('}'));
    if (!isWhole) wrong.push(`its file is now\n${now}`);
    if (struck.result.status === 0 && isRepaired() !== (struck.command === rehearse)) {
      wrong.push('it said that it changed the file');
    }
    if ((await project.database.fingerprint()).hash !== content.hash) {
      wrong.push('the target was changed');
    }
    return wrong;
  };

  return {
    project,
    commands: async () => [isRepaired() ? undo : rehearse],
    look,
    async end() {
      const wrong: string[] = [];
      for (const command of [rehearse, undo]) {
        const result = await handrail(...command.args);
        wrong.push(...failed(command.args.join(' '), result));
        wrong.push(...(await look({ command, result, victim: null })));
        const listed = await handrail('repair', '--json');
        const { repairs = [] } = listed.status === 0 ? JSON.parse(listed.stdout) : {};
        if (repairs.length !== (command === rehearse ? 1 : 0)) {
          wrong.push(`after ${command.operation}, ${repairs.length} repairs are listed`);
        }
      }
      return wrong;
    },
  };
}

/** A draft of the entities, which MikroORM's snapshot comes with, and one that compares nothing. */
export async function draftJourney({ makeProject, handrail }: Preparing): Promise<Journey> {
  const project = await makeProject({ revisions: [], applied: 0 });
  const record = await Record.of(project);
  const files = () => filesIn(join(project.root, 'migrations'));
  const drafts = (label: string) => files().filter((name) => name.match(`_${label}\\.[jt]s$`));
  const kinds = () =>
    files()
      .map((name) =>
        name.startsWith('.snapshot')
          ? 'snapshot'
          : name.replace(/^Migration\d+_(\w+)\.[jt]s$/, '$1'),
      )
      .toSorted();
  const isBegun = () =>
    filesIn(join(project.root, '.handrail')).some((name) => name.startsWith('writing-'));
  const isWhole = () =>
    WHOLE.includes(
      kinds()
        .filter((kind) => kind !== 'note')
        .join(),
    );

  const command = (operation: Operation, ...args: string[]): Command => {
    return { operation, args: [...args, '--json'], status: 0, extent: kinds().join() };
  };
  const commands = (): readonly Command[] => {
    // What was begun would be done by the next command, which then finds nothing to do.
    if (isBegun()) return [command('finish', 'status')];
    const discards = [...drafts('library'), ...drafts('note')].map((name) =>
      command('discard', 'discard', name.replace(/\.[jt]s$/, ''), '--yes'),
    );
    const made = drafts('library').length > 0 || drafts('note').length > 0;
    return [
      ...(made ? [] : [command('draft', 'draft', '--name', 'library')]),
      ...(drafts('note').length > 0
        ? []
        : [command('blank draft', 'draft', '--name', 'note', '--blank')]),
      ...discards,
    ];
  };

  const look = async (struck: Struck) => {
    const wrong = [...(await record.look(struck)), ...(await project.database.damage())];
    const { operation, args } = struck.command;
    for (const name of [...drafts('library'), ...drafts('note')]) {
      if (!project.read(join('migrations', name)).trimEnd().endsWith('}')) {
        wrong.push(`${name} is not whole`);
      }
    }
    if (!isBegun() && !isWhole()) {
      wrong.push(`after ${args.join(' ')} there are ${files().join(', ')}`);
    }
    if (struck.result.status === 0) {
      const there = {
        draft: drafts('library').length === 1,
        'blank draft': drafts('note').length === 1,
        discard: !files().some((name) => name.startsWith(`${args[1]}.`)),
        finish: !isBegun(),
      }[operation as 'draft' | 'blank draft' | 'discard' | 'finish'];
      if (!there) wrong.push(`after ${args.join(' ')} there are ${files().join(', ')}`);
    }
    const tables = await project.database.tables();
    if (tables.includes('book')) wrong.push('the target was changed');
    return wrong;
  };

  const run = async (next: Command) => {
    const result = await handrail(...next.args);
    return [
      ...failed(next.args.join(' '), result),
      ...(await look({ command: next, result, victim: null })),
    ];
  };

  return {
    project,
    commands: async () => commands(),
    look,
    async end() {
      // What was begun is done by the next command, whichever it is.
      const wrong = [...(await run(command('finish', 'status')))];
      // All that is there is a draft still, and can be discarded.
      for (;;) {
        const next = commands().find(({ operation }) => operation === 'discard');
        if (!next || wrong.length > 0) break;
        wrong.push(...(await run(next)));
      }
      if (kinds().length > 0) wrong.push(`there are ${files().join(', ')}`);
      wrong.push(...(await run(command('draft', 'draft', '--name', 'library'))));
      wrong.push(...failed('up', await handrail('up', '--yes', '--json')));
      if (kinds().join() !== WHOLE[1]) wrong.push(`there are ${files().join(', ')}`);
      const tables = await project.database.tables();
      if (!tables.includes('book')) wrong.push(`up made ${tables.join(', ')}`);
      return wrong;
    },
  };
}

/** What may be there of a draft of the entities. */
const WHOLE = ['', 'library,snapshot'];
