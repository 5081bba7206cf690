/** The whole way from a changed entity to a commit, along the checklist: keys, editor, git and rows are real. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOOK } from '../engine/draft/kit.ts';
import { runProgram } from '../kit/program.ts';
import { count, foreignKeyErrors, integrityErrors, query } from '../kit/sqlite.ts';
import { type Walk, walkNineSteps } from './nine-steps.ts';
import { identity, Repository } from './repository.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

interface Journey extends Walk {
  readonly title: string;
  /** What the editor does with the draft; `$1` is its file. */
  readonly editor?: string;
  /** A query whose answer the change must not touch, before and after it. */
  readonly keeps: readonly [before: string, after: string];
  readonly expected?: (database: string) => void;
}

const entity = 'entities/repositories.ts';
const tables = ['user_emails', 'repositories', 'repository_fields', 'pull_requests', 'audit_log'];

const journeys: readonly Journey[] = [
  {
    title: 'adds a column',
    change: {
      path: entity,
      from: 'isPrivate:',
      to: 'isArchived: p.boolean().default(false),\n    isPrivate:',
    },
    keeps: ['select path from repositories', 'select path from repositories'],
    expected: (database) =>
      expect(query(database, 'select distinct is_archived from repositories')).toEqual([
        { is_archived: 0 },
      ]),
  },
  {
    title: 'renames a column',
    change: { path: entity, from: 'label:', to: 'title:' },
    answer: async (app) => {
      await app.waitFor('▌ It was renamed to title', loading);
      await app.press('enter');
    },
    keeps: [
      'select id, label as it from repository_fields',
      'select id, title as it from repository_fields',
    ],
    expected: (database) =>
      expect(
        query(database, "select name from pragma_table_info('repository_fields')"),
      ).not.toContainEqual({ name: 'label' }),
  },
  {
    title: 'adds a column that must have a value',
    change: { path: entity, from: 'label:', to: 'hint: p.string(),\n    label:' },
    answer: async (app) => {
      await app.waitFor('repository_fields.hint', loading);
      await app.waitFor('An SQL expression');
      await app.type(`lower(label)`);
      await app.press('enter');
    },
    keeps: [
      'select id, lower(label) as it from repository_fields',
      'select id, hint as it from repository_fields',
    ],
    expected: (database) =>
      expect(query(database, 'select id from repository_fields where hint is null')).toEqual([]),
  },
  {
    title: 'makes a table anew that others refer to',
    change: {
      path: 'entities/users.ts',
      from: 'email: p.string().nullable()',
      to: 'email: p.string()',
    },
    answer: async (app) => {
      await app.waitFor('An SQL expression', loading);
      await app.type(`username || '@example.org'`);
      await app.press('enter');
    },
    repaired: true,
    keeps: ['select id, username from users', 'select id, username from users'],
    expected: (database) =>
      expect(query(database, 'select id from users where email is null')).toEqual([]),
  },
  {
    title: 'changes data alone',
    editor: String.raw`
      up='this.addSql("update user_groups set is_active = 1 - is_active");'
      down='this.addSql("update user_groups set is_active = 1 - is_active");'
      awk -v up="$up" -v down="$down" '{ print }
        /up\(\)/ { print up } /down\(\)/ { print down }' "$1" > "$1.new"
      mv "$1.new" "$1"`,
    keeps: [
      'select id, 1 - is_active as it from user_groups',
      'select id, is_active as it from user_groups',
    ],
  },
];

describe('the nine steps, on the sample project', () => {
  it.each(journeys)('$title', async (journey) => {
    using sample = await Repository.ofSample();
    const { database } = sample;
    const counts = () => tables.map((table) => count(database, table));
    const [rows, kept] = [counts(), query(database, journey.keeps[0])];
    const { change } = journey;
    if (change) sample.replace(change.path, change.from, change.to);
    const editor = sample.editor(
      // Git opens it too, with the message.
      `case "$1" in *COMMIT_EDITMSG) exit 0;; esac\n${journey.editor ?? ':'}`,
    );
    await using app = sample.open([], { env: { EDITOR: editor, GIT_EDITOR: editor } });
    await walkNineSteps(app, journey);
    expect(query(database, journey.keeps[1])).toEqual(kept);
    expect(counts()).toEqual(rows);
    journey.expected?.(database);

    const files = await sample.inLastCommit();
    expect(files).toContainEqual(expect.stringMatching(/^migrations\/.*_on_the_way\.ts$/));
    const entities = files.filter((path) => path.startsWith('entities/'));
    expect(entities).toEqual(change ? [change.path] : []);
    expect(await sample.git('status', '--porcelain')).toBe('');
    expect(integrityErrors(database)).toEqual([]);
    expect(foreignKeyErrors(database)).toEqual([]);
    await quit(app);
  });
});

let repository: Repository;

beforeEach(async () => {
  repository = await Repository.make();
});

afterEach(() => repository[Symbol.dispose]());

/** The newest revision's file, relative to the project. */
function newest(): string {
  return `migrations/${readdirSync(join(repository.root, 'migrations'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .at(-1)}`;
}

describe('the nine steps', () => {
  it('are taken for a revision that was there, behind others that are pending', async () => {
    const { temporary } = repository;
    const editor = repository.editor(':');
    await using app = repository.open(['demo'], { env: { EDITOR: editor, GIT_EDITOR: editor } });
    await app.waitFor('behind by 8', loading);
    const [name = ''] = readdirSync(temporary.path).filter((each) => each.startsWith('handrail-d'));
    const root = join(temporary.path, name);
    const git = async (...args: string[]) => {
      const { status, stdout, stderr } = await runProgram('git', args, {
        cwd: root,
        env: identity,
      });
      if (status !== 0) throw new Error(stderr);
      return stdout;
    };
    writeFileSync(join(root, '.gitignore'), 'node_modules\nvar\n');
    await git('init', '-q');
    await git('add', '.');
    await git('commit', '-q', '-m', 'the sample');

    // What is pending before it comes first.
    await app.press('c');
    await app.waitFor('▌○ Target up to date', { ...loading, why: 'seven are pending before it' });
    await app.press('enter');
    await app.waitFor('Enter runs it', loading);
    await app.press('enter');
    await app.waitFor('Upgrade done', loading);
    await app.press('esc');
    await app.waitFor('▌○ Upgrade', loading);
    await app.press('enter');
    await app.waitFor('Hazards: rehearsal of', loading);
    await app.press('a');
    await app.waitFor('Rehearse this repair');
    await app.press('y');
    await app.waitFor('Clean: rehearsal of', loading);
    await app.press('esc');
    await app.waitFor('✓ Upgrade again', loading);
    await app.press('u');
    await app.waitFor('Enter runs it', loading);
    await app.press('enter');
    await app.waitFor('Upgrade done', loading);
    await app.press('esc');
    await app.waitUntilGone('Upgrade done', { why: 'C right after it would be read as Alt+C' });
    await app.press('C');
    await app.waitFor('Commit these files, and edit the message?', loading);
    await app.press('y');
    await app.waitFor(/Committed as [0-9a-f]{7}/, loading);
    await app.press('q');
    await app.waitForExit();
  });

  it('are taken up again where they were left, by whoever opens the project', async () => {
    repository.change({ book: `${BOOK}, isbn: p.string().nullable()` });
    const editor = repository.editor(':');
    await using app = repository.open([], { env: { EDITOR: editor } });
    await app.waitFor('up to date', loading);
    await app.press('c');
    await app.waitFor('▌○ Draft the revision');
    await app.press('s');
    await app.waitFor('There is no way around');
    await app.press('enter');
    await app.waitFor('── migrations/', { ...loading, why: 'the draft is made' });
    await app.press('enter');
    await app.waitFor('Name:');
    await app.type('add isbn');
    await app.press('enter');
    await app.waitFor('▌○ Upgrade', loading);
    app.kill('SIGKILL');
    await app.waitForExit();

    const shown = await repository.handrail('checklist');
    expect(shown.stderr + shown.stdout).toContain('4 of 9 · next: upgrade');
    await using again = repository.open();
    await again.waitFor('checklist (c): 4 of 9 · next: upgrade', loading);
    await again.press('c');
    await again.waitFor('▌○ Upgrade');
    // An edit takes away what rehearsals proved.
    await again.press('enter');
    await again.waitFor('Clean: rehearsal of', loading);
    await again.press('esc');
    await again.waitFor('✓ Upgrade again');
    appendFileSync(join(repository.root, newest()), '// once more\n');
    await again.waitFor('▌≠ Upgrade', loading);
    expect(again.text()).toContain('stale');
    expectWholeFrame(again);
    await quit(again);
  });
});

describe('handrail checklist', () => {
  const draft = async (name: string) => {
    const made = await repository.handrail('draft', '--name', name, '--json');
    expect(made.status, made.stderr).toBe(0);
    return JSON.parse(made.stdout).draft.file;
  };
  const checklist = async (...args: string[]) => {
    const { stdout, stderr, status } = await repository.handrail('checklist', ...args, '--json');
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout).checklist;
  };
  const states = (list: { steps: { name: string; state: string }[] }) =>
    Object.fromEntries(list.steps.map(({ name, state }) => [name, state]));

  it('tells the steps, and keeps what is skipped and why', async () => {
    expect(await checklist()).toMatchObject({ revision: null, next: 'change' });
    await checklist('--skip', 'change', '--reason', 'changed by somebody else');
    repository.change({ book: `${BOOK}, isbn: p.string().nullable()` });
    const { name, path } = await draft('add isbn');
    expect(await checklist()).toMatchObject({ revision: name, next: 'edit' });
    const noReason = await repository.handrail('checklist', '--skip', 'test');
    expect(noReason.status).toBe(2);
    expect(noReason.stderr).toContain('A step is skipped with a reason.');
    await checklist('--skip', 'edit', '--reason', 'as I like it');
    expect(states(await checklist(path))).toMatchObject({ edit: 'skipped', upgrade: 'todo' });
    appendFileSync(join(repository.root, path), '// mine\n');
    expect(states(await checklist(name)), 'another text needs no excuse').toMatchObject({
      edit: 'done',
    });
    await checklist('--skip', 'test', '--reason', 'none yet');
    const back = await checklist('--unskip', 'test');
    expect(states(back)).toMatchObject({ test: 'todo' });

    const open = await repository.handrail('checklist', '--exit-code');
    expect(open.status).toBe(1);
    expect(open.stdout + open.stderr).toContain('○ Upgrade');
    expect((await repository.handrail('checklist', 'nothing')).status).toBe(2);
    expect((await repository.handrail('checklist', '--skip', 'commit')).status).toBe(2);
  });

  it('is proven by runs on the target, too', async () => {
    repository.change({ book: `${BOOK}, isbn: p.string().nullable()` });
    const { name } = await draft('add isbn');
    for (const direction of ['up', 'down', 'up']) {
      expect((await repository.handrail(direction, '--yes')).status).toBe(0);
    }
    const list = await checklist(name);
    expect(states(list)).toMatchObject({
      upgrade: 'done',
      test: 'todo',
      downgrade: 'done',
      'upgrade-again': 'done',
      commit: 'todo',
    });
    const status = JSON.parse((await repository.handrail('status', '--json')).stdout);
    expect(status.revisions.at(-1)).toMatchObject({ state: 'applied', flags: ['uncommitted'] });
    appendFileSync(join(repository.root, '.gitignore'), 'migrations\n');
    const ignored = JSON.parse((await repository.handrail('status', '--json')).stdout);
    expect(ignored.revisions.at(-1).flags, 'git is not to have it').toEqual([]);
  });

  it('writes nothing while it looks, and says where there is no git', async () => {
    await checklist();
    expect(existsSync(join(repository.root, '.handrail'))).toBe(false);
    await repository.git('checkout', '-q', '--orphan', 'none');
    const { stdout } = await repository.handrail('checklist', '--json');
    expect(JSON.parse(stdout).checklist.revision).toBeNull();
  });
});

describe('a draft and the branches of git', () => {
  const draft = async () => {
    repository.change({ book: `${BOOK}, isbn: p.string().nullable()` });
    const made = await repository.handrail('draft', '--name', 'add isbn', '--json');
    return JSON.parse(made.stdout).draft.file as { name: string; path: string };
  };

  it('that was made on another branch is told as soon as git switches', async () => {
    await repository.git('switch', '-q', '-c', 'isbn');
    const { name } = await draft();
    await using app = repository.open();
    await app.waitFor('draft', loading);
    expect(app.text()).not.toContain('was drafted on the branch');
    await repository.git('switch', '-q', 'main');
    await app.waitFor(`${name} was drafted on the branch isbn; this is main`, {
      ...loading,
      why: 'git switched',
    });
    await repository.git('switch', '-q', 'isbn');
    await app.waitUntilGone('was drafted on the branch', { ...loading, why: 'it is back' });
    await quit(app);
  });

  it('that the other branch does not have is told, the more when it is applied', async () => {
    await repository.git('switch', '-q', '-c', 'isbn');
    const { name, path } = await draft();
    expect((await repository.handrail('up', '--yes')).status).toBe(0);
    await repository.git('add', '.');
    await repository.git('commit', '-q', '-m', 'isbn');
    const warnings = async () =>
      JSON.parse((await repository.handrail('status', '--json')).stdout).warnings as string[];
    expect(await warnings()).toEqual([]);
    await repository.git('switch', '-q', 'main');
    expect(existsSync(join(repository.root, path))).toBe(false);
    const told = (await warnings()).join('\n');
    expect(told).toContain(`${name}, drafted here, is on the branch isbn and not on main.`);
    expect(told).toContain('It is applied here: downgrade it there before you go on.');
    // What was removed on purpose is nothing to tell.
    await repository.git('switch', '-q', 'isbn');
    expect((await repository.handrail('down', '--yes')).status).toBe(0);
    await repository.git('rm', '-q', path);
    await repository.git('commit', '-q', '-m', 'no isbn');
    expect(await warnings()).toEqual([]);
    expect(readFileSync(join(repository.root, 'entities/book.ts'), 'utf8')).toContain('isbn');
  });
});
