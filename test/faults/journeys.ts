/** What is struck: for each operation a project, the command, and what has to be so whatever strikes. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { journalOf } from '../e2e/journal.ts';
import { rehearsalOf } from '../engine/rehearsal/kit.ts';
import { sql } from '../kit/builders.ts';
import type { DatabaseUnderTest } from '../kit/databases.ts';
import type { MadeProject, ProjectOptions } from '../kit/made-project.ts';
import type { RunResult } from '../kit/program.ts';
import { accounts, LOOSE, revisions, type Stand, standOf, statementsOf } from './ledger.ts';
import type { Fault, Operation } from './moment.ts';

/** Runs a command of the built program to its end. */
export type Handrail = (...args: string[]) => Promise<RunResult>;

export interface Journey {
  readonly project: MadeProject;
  readonly command: readonly string[];
  /** What it ends with when nothing strikes. */
  readonly status: number;
  /**
   * Looks at what is there without any command, before the same command is begun again, and struck
   * again; null where that would be another command.
   *
   * @returns what is not as it has to be
   */
  readonly again: ((struck: RunResult) => Promise<readonly string[]>) | null;
  /**
   * Looks at what is there, goes on with the next commands, and looks again.
   *
   * @returns what is not as it has to be
   */
  judge(handrail: Handrail, struck: RunResult): Promise<readonly string[]>;
}

export interface Preparing {
  readonly driver: DatabaseUnderTest['driver'];
  readonly makeProject: DatabaseUnderTest['makeProject'];
  /** In the project that was made last. */
  readonly handrail: Handrail;
  /** Runs a command that is struck at a moment of the run's engine. */
  cutOff(command: readonly string[], key: string, nth: number): Promise<void>;
}

const SETTINGS = { handrail: { backup: true } };

export async function journeyOf(
  { operation, variant, undone }: Pick<Fault, 'operation' | 'variant' | 'undone'>,
  preparing: Preparing,
): Promise<Journey> {
  switch (operation) {
    case 'up':
    case 'down': {
      const project = await ledger(preparing, {
        applied: operation === 'up' ? 1 : 4,
        migrations: `allOrNothing: ${variant}`,
      });
      return running(project, operation, { loose: false, undone });
    }
    case 'loose up':
    case 'loose down': {
      const direction = operation === 'loose up' ? 'up' : 'down';
      const project = await ledger(preparing, { applied: direction === 'up' ? 1 : 4, loose: true });
      return running(project, direction, { loose: true, undone });
    }
    case 'continue':
    case 'undo':
      return resolving(preparing, operation, variant ? 'up' : 'down', undone);
    case 'restore':
      return restoring(preparing);
    case 'rehearse': {
      const project = await ledger(preparing, { applied: 1, loose: !variant });
      // The entities are others, which a rehearsal tells with 1.
      return {
        ...running(project, 'up', { loose: false, undone }),
        command: ['rehearse'],
        status: 1,
      };
    }
    case 'repair':
      return repairing(preparing);
    case 'draft':
      return drafting(preparing);
  }
}

async function ledger(
  { makeProject }: Preparing,
  { applied, loose = false, ...options }: ProjectOptions & { applied: number; loose?: boolean },
): Promise<MadeProject> {
  const project = await makeProject({
    revisions: revisions(loose),
    applied,
    content: accounts(applied),
    ...options,
  });
  const manifest = JSON.parse(project.read('package.json'));
  project.write('package.json', JSON.stringify({ ...manifest, ...SETTINGS }));
  return project;
}

interface Running {
  readonly loose: boolean;
  readonly undone: boolean;
}

function running(project: MadeProject, direction: 'up' | 'down', how: Running): Journey {
  const command =
    direction === 'up'
      ? ['up', '--yes', '--json']
      : ['down', '--to', project.revision('base').name, '--yes', '--json'];
  const look = async (struck: RunResult) => [
    ...(await answerDisagrees(project, struck)),
    ...(await standOf(project, false)).wrong.map((each) => `struck again: ${each}`),
  ];
  return {
    project,
    command,
    status: 0,
    // What is half done has to be resolved first.
    again: how.loose ? null : look,
    async judge(handrail, struck) {
      return [
        ...(await answerDisagrees(project, struck)),
        ...(await goesOn(project, handrail, how)),
      ];
    },
  };
}

/** What a command that lived on said of its run. */
async function answerDisagrees({ database }: MadeProject, { status, stdout }: RunResult) {
  if (status === null || !stdout.startsWith('{')) return [];
  const { outcome, direction, steps } = JSON.parse(stdout) as {
    readonly outcome: string;
    readonly direction?: 'up' | 'down';
    readonly steps?: readonly { readonly name: string; readonly outcome?: string }[];
  };
  const recorded = await database.recorded();
  return (steps ?? [])
    .filter((step) => step.outcome === 'done' || outcome === 'done')
    .filter(({ name }) => recorded.includes(name) !== (direction === 'up'))
    .map(({ name }) => `it said done of ${name}, recorded: ${recorded.join(', ')}`);
}

/** The next commands say what is, and come to the end. */
async function goesOn(
  project: MadeProject,
  handrail: Handrail,
  { loose, undone }: Running,
): Promise<readonly string[]> {
  const { database } = project;
  const stand = await standOf(project, loose);
  const wrong = stand.wrong.map((each) => `right after: ${each}`);
  const unfinished = journalOf(project.root).filter(({ finished }) => !finished).length;
  if (loose) {
    const status = await handrail('status', '--json');
    wrong.push(...tellsOf(project, stand, status, (await database.recorded()).length));
    wrong.push(
      ...(unfinished > 0 && !status.stderr.includes('never finished')
        ? ['status says nothing of the run that never finished']
        : []),
    );
    // Both say that nothing is half done: there is nothing to resolve.
    const isHalfDone = stand.halfDone !== null || status.stdout.includes('"halfDone": {');
    if (isHalfDone) wrong.push(...(await resolved(project, handrail, undone)));
  }
  const up = await handrail('up', '--yes', '--json');
  // Nothing to do is no error.
  if (up.status !== 0) wrong.push(`up ends with ${up.status}: ${up.stdout}${up.stderr}`);
  if (!loose && unfinished > 0 && !up.stderr.includes('never finished')) {
    wrong.push('up says nothing of the run that never finished');
  }
  const recorded = await database.recorded();
  if (recorded.length !== project.revisions.length) wrong.push(`up applied ${recorded.join(', ')}`);
  wrong.push(...(await standOf(project, false)).wrong.map((each) => `after up: ${each}`));
  for (const run of journalOf(project.root)) {
    if (!run.finished) wrong.push(`a run is left ${run.outcome}`);
  }
  return wrong;
}

interface ToldStatement {
  readonly fate: string;
}

interface ToldRevision {
  readonly name: string;
  readonly state: string;
  readonly halfDone: {
    readonly direction: string;
    readonly statements: readonly ToldStatement[];
  } | null;
}

/** Whether `status --json` is true, statement by statement where something is half done. */
function tellsOf(
  project: MadeProject,
  { halfDone }: Stand,
  { status, stdout, stderr }: RunResult,
  applied: number,
): readonly string[] {
  if (status !== 0) return [`status ends with ${status}: ${stderr}`];
  const told = JSON.parse(stdout) as {
    readonly counts: { readonly applied: number };
    readonly revisions: readonly ToldRevision[];
  };
  const wrong: string[] = [];
  if (told.counts.applied !== applied) wrong.push('status counts otherwise than the database');
  const found = told.revisions.find(({ name }) => name === project.revision(LOOSE).name);
  if (!found?.halfDone) {
    if (halfDone) wrong.push(`status does not say that ${halfDone.ran} statements of it ran`);
    return wrong;
  }
  const fates = found.halfDone.statements.map(({ fate }) => fate);
  const ended = fates.filter((fate) => fate === 'ended').length;
  const unknown = fates.filter((fate) => fate === 'running').length;
  const ran = halfDone?.ran ?? 0;
  if (halfDone && found.halfDone.direction !== halfDone.direction) {
    wrong.push(`it says that it is half done ${found.halfDone.direction}`);
  }
  if (ran < ended || ran > ended + unknown || unknown > 1) {
    wrong.push(`${ran} statements ran, and status tells of them: ${fates.join(', ')}`);
  }
  return wrong;
}

/** Goes on with what is half done, or takes it back, by what an independent look says. */
async function resolved(
  project: MadeProject,
  handrail: Handrail,
  undone: boolean,
): Promise<readonly string[]> {
  const listed = await handrail('resolve', '--json');
  const { halfDone } = await standOf(project, true);
  if (listed.status !== 0) {
    return halfDone ? [`resolve ends with ${listed.status}: ${listed.stdout}${listed.stderr}`] : [];
  }
  const told = JSON.parse(listed.stdout) as {
    readonly halfDone?: { readonly direction: 'up' | 'down' };
  };
  if (!told.halfDone) {
    return halfDone ? [`resolve knows nothing of the ${halfDone.ran} statements that ran`] : [];
  }
  const { direction } = told.halfDone;
  const ran = halfDone?.ran ?? 0;
  const way =
    ran === 0
      ? ['--mark', direction === 'up' ? 'pending' : 'applied']
      : undone
        ? ['--undo', String(ran)]
        : ['--from', String(ran + 1)];
  const name = project.revision(LOOSE).name;
  const done = await handrail('resolve', name, ...way, '--yes', '--json');
  const what = `resolve ${way.join(' ')} (${direction}, ${ran} ran)`;
  if (done.status !== 0) return [`${what} ends with ${done.status}: ${done.stdout}${done.stderr}`];
  const applied = (await project.database.recorded()).includes(name);
  const forward = ran > 0 && !undone;
  const wrong = (await standOf(project, false)).wrong.map((each) => `after ${what}: ${each}`);
  if (applied !== (forward === (direction === 'up'))) {
    wrong.push(`after ${what} it is ${applied ? '' : 'not '}recorded`);
  }
  return wrong;
}

/** `resolve` itself is struck, in the midst of going on or taking back. */
async function resolving(
  preparing: Preparing,
  operation: Operation,
  direction: 'up' | 'down',
  undone: boolean,
): Promise<Journey> {
  const project = await ledger(preparing, { applied: direction === 'up' ? 1 : 4, loose: true });
  const journey = running(project, direction, { loose: true, undone });
  // The other revision of that way has come to its end, with its record.
  const before = statementsOf(direction === 'up' ? 'ones' : 'hundreds', direction) + 1;
  // A backup would send statements of its own.
  const command = [...journey.command, '--no-backup'];
  await preparing.cutOff(command, 'run · after a statement of the target', before + 3);
  const { halfDone, wrong } = await standOf(project, true);
  if (!halfDone) throw new Error(`Nothing is half done. ${wrong.join('; ')}`);
  const way =
    operation === 'continue' ? ['--from', `${halfDone.ran + 1}`] : ['--undo', `${halfDone.ran}`];
  return { ...journey, command: ['resolve', ...way, '--yes', '--json'] };
}

async function restoring(preparing: Preparing): Promise<Journey> {
  const project = await ledger(preparing, { applied: 1 });
  const { handrail } = preparing;
  const up = await handrail('up', '--yes', '--json');
  const { backups } = JSON.parse((await handrail('backups', '--json')).stdout);
  const id = backups[0]?.id;
  if (up.status !== 0 || id === undefined) throw new Error(`No backup: ${up.stderr}`);
  const before = await project.database.fingerprint();
  return {
    project,
    command: ['restore', id, '--yes', '--json'],
    status: 0,
    again: () => project.database.damage(),
    async judge(again, struck) {
      const wrong = await project.database.damage();
      const now = await project.database.fingerprint();
      const recorded = journalOf(project.root).some(
        ({ direction, outcome }) => direction === 'restore' && outcome === 'done',
      );
      const done = await again('restore', id, '--yes', '--json');
      const after = await project.database.fingerprint();
      if (done.status !== 0) wrong.push(`restore ends with ${done.status}: ${done.stderr}`);
      if (now.hash !== before.hash && now.hash !== after.hash) {
        wrong.push('it is neither as it was nor as it was restored');
      }
      if (struck.status === 0 && now.hash !== after.hash) wrong.push('it said that it restored');
      const [row] = await project.database.query(
        'select count(*) as n, sum("balance") as b from "account"',
      );
      if (Number(row?.n) !== 50 || Number(row?.b) !== 0) {
        wrong.push(`restored are ${row?.n} accounts with ${row?.b}`);
      }
      const listed = JSON.parse((await again('backups', '--json')).stdout).backups;
      if (!listed.some((each: { id: string }) => each.id === id)) wrong.push('the backup is gone');
      if (recorded && now.hash !== after.hash) wrong.push('the journal says that it restored');
      for (const { finished, direction, outcome } of journalOf(project.root)) {
        if (!finished) wrong.push(`a run (${direction}) is left ${outcome}`);
      }
      return wrong;
    },
  };
}

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

async function repairing({ driver, makeProject }: Preparing): Promise<Journey> {
  const project = await makeProject(rehearsedBefore(driver));
  const repaired = { sqlite: 'raise(ignore)', postgresql: 'rename to' }[driver];
  const { path } = project.revision('tall_shelf');
  const before = readFileSync(path, 'utf8');
  const content = await project.database.fingerprint();
  return {
    project,
    command: ['rehearse', '--repair'],
    status: 0,
    again: async () =>
      (await project.database.fingerprint()).hash === content.hash
        ? []
        : ['a rehearsal changed the target'],
    async judge(handrail, struck) {
      const wrong: string[] = [];
      const now = readFileSync(path, 'utf8');
      const isRepaired = now !== before;
      if (isRepaired && !now.includes(repaired)) wrong.push(`its file is now\n${now}`);
      if (struck.status === 0 && !isRepaired) wrong.push('it said that it repaired');
      if ((await project.database.fingerprint()).hash !== content.hash) {
        wrong.push('a rehearsal changed the target');
      }
      const listed = JSON.parse((await handrail('repair', '--json')).stdout).repairs;
      if (readFileSync(path, 'utf8') !== before && listed.length !== 1) {
        wrong.push(`${listed.length} repairs are listed`);
      }
      const again = await handrail('rehearse', '--repair');
      if (again.status !== 0) wrong.push(`rehearse ends with ${again.status}: ${again.stdout}`);
      const undone = await handrail('repair', '--undo', '--yes');
      if (undone.status !== 0 || readFileSync(path, 'utf8') !== before) {
        wrong.push(`undoing the repair ends with ${undone.status}: ${undone.stderr}`);
      }
      return wrong;
    },
  };
}

async function drafting(preparing: Preparing): Promise<Journey> {
  const project = await preparing.makeProject({ revisions: [], applied: 0 });
  const command = ['draft', '--name', 'library', '--json'];
  const files = () => filesIn(join(project.root, 'migrations'));
  return {
    project,
    command,
    status: 0,
    again: () => project.database.damage(),
    async judge(handrail, struck) {
      const wrong: string[] = [];
      // What was begun is done by the next command, whichever it is.
      await handrail('status');
      const made = files().filter((name) => /\.[jt]s$/.test(name));
      if (struck.status === 0 && made.length !== 1) wrong.push('it said that it drafted');
      for (const name of made) {
        if (!project.read(join('migrations', name)).trimEnd().endsWith('}')) {
          wrong.push(`${name} is not whole`);
        }
      }
      if (made.length === 0) {
        const again = await handrail(...command);
        if (again.status !== 0) wrong.push(`draft ends with ${again.status}: ${again.stderr}`);
      }
      const up = await handrail('up', '--yes', '--json');
      if (up.status !== 0) wrong.push(`up ends with ${up.status}: ${up.stderr}`);
      const kinds = files().map((name) =>
        name.startsWith('.snapshot')
          ? 'snapshot'
          : name.replace(/^Migration\d+_library\.[jt]s$/, 'draft'),
      );
      if (kinds.toSorted().join() !== 'draft,snapshot')
        wrong.push(`there are ${files().join(', ')}`);
      const tables = await project.database.tables();
      if (!tables.includes('book')) wrong.push(`up made ${tables.join(', ')}`);
      return wrong;
    },
  };
}

function filesIn(folder: string): readonly string[] {
  return statSync(folder, { throwIfNoEntry: false }) ? readdirSync(folder) : [];
}
