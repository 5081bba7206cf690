/** The whole way from a changed entity to a commit, along the checklist: keys, editor, git and rows are real. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AUTHOR, BOOK } from '../engine/draft/kit.ts';
import { runProgram } from '../kit/program.ts';
import { count, integrityErrors, query } from '../kit/sqlite.ts';
import type { Terminal } from '../kit/terminal.ts';
import { identity, Repository } from './repository.ts';
import { expectWholeFrame, loading, quit } from './screens.ts';

let repository: Repository;

beforeEach(async () => {
  repository = await Repository.make();
});

afterEach(() => repository[Symbol.dispose]());

const database = () => repository.project.databasePath;

/** The newest revision's file, relative to the project. */
function newest(): string {
  return `migrations/${readdirSync(join(repository.root, 'migrations'))
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .at(-1)}`;
}

interface Journey {
  readonly title: string;
  readonly change: { readonly author?: string; readonly book?: string };
  /** Answers what is asked before the draft; ends with the draft on screen. */
  readonly answer?: (app: Terminal) => Promise<void>;
  /** A rehearsal finds something, and its repair is taken. */
  readonly repaired?: true;
  /** What the editor does with the draft; `$1` is its file. */
  readonly editor?: string;
  readonly blank?: true;
  readonly expected: () => void;
}

const journeys: readonly Journey[] = [
  {
    title: 'adds a column',
    change: { book: `${BOOK}, isbn: p.string().nullable()` },
    expected: () =>
      expect(query(database(), 'select isbn from book')).toEqual([{ isbn: null }, { isbn: null }]),
  },
  {
    title: 'renames a column',
    change: { book: BOOK.replace('pages:', 'leaves:') },
    answer: async (app) => {
      await app.waitFor('▌ It was renamed to leaves', loading);
      await app.press('enter');
    },
    expected: () =>
      expect(query(database(), 'select leaves from book order by id')).toEqual([
        { leaves: 204 },
        { leaves: null },
      ]),
  },
  {
    title: 'adds a column that must have a value',
    change: { book: `${BOOK}, isbn: p.string()` },
    answer: async (app) => {
      await app.waitFor('book.isbn', loading);
      await app.waitFor('An SQL expression');
      await app.type(`'none'`);
      await app.press('enter');
    },
    expected: () =>
      expect(query(database(), 'select distinct isbn from book')).toEqual([{ isbn: 'none' }]),
  },
  {
    title: 'makes a table anew that others refer to',
    change: { author: AUTHOR.replace('email: p.string().nullable()', 'email: p.string()') },
    answer: async (app) => {
      await app.waitFor('An SQL expression', loading);
      await app.type(`'nobody@example.org'`);
      await app.press('enter');
    },
    repaired: true,
    expected: () => {
      expect(count(database(), 'book')).toBe(2);
      expect(query(database(), `select email from author where name = 'Lem'`)).toEqual([
        { email: 'nobody@example.org' },
      ]);
    },
  },
  {
    title: 'changes data alone',
    change: {},
    blank: true,
    editor: String.raw`
      up='this.addSql("update book set pages = 100 where pages is null");'
      down='this.addSql("update book set pages = null where pages = 100");'
      awk -v up="$up" -v down="$down" '{ print }
        /up\(\)/ { print up } /down\(\)/ { print down }' "$1" > "$1.new"
      mv "$1.new" "$1"`,
    expected: () =>
      expect(query(database(), 'select pages from book order by id')).toEqual([
        { pages: 204 },
        { pages: 100 },
      ]),
  },
];

describe('the nine steps', () => {
  it.each(journeys)('$title', async (journey) => {
    repository.change(journey.change);
    const editor = repository.editor(
      // Git opens it too, with the message.
      `case "$1" in *COMMIT_EDITMSG) exit 0;; esac\n${journey.editor ?? ':'}`,
    );
    await using app = repository.open([], { env: { EDITOR: editor, GIT_EDITOR: editor } });
    await app.waitFor('up to date', loading);
    await app.press('c');
    await app.waitFor('Checklist ─ next revision');
    await app.waitFor('✓ Target up to date');
    expectWholeFrame(app);

    if (journey.blank) {
      await app.press('N');
    } else {
      await app.waitFor('▌○ Draft the revision');
      await app.press('enter');
    }
    await journey.answer?.(app);
    await app.waitFor('── migrations/', { ...loading, why: 'the draft is made' });
    await app.press('enter');
    await app.waitFor('what does it do');
    await app.type('on the way');
    await app.press('enter');
    await app.waitFor('✓ Clean the draft up', { ...loading, why: 'the editor was left' });
    await app.waitFor('▌○ Upgrade');
    expectWholeFrame(app);

    await app.press('enter');
    if (journey.repaired) {
      await app.waitFor('Hazards: rehearsal of', loading);
      await app.press('esc');
      await app.waitFor('▌✗ Upgrade', { why: 'the rehearsal was not clean' });
      expectWholeFrame(app);
      await app.press('enter');
      await app.waitFor('Hazards: rehearsal of');
      await app.press('a');
      await app.waitFor('Change the file so');
      await app.press('y');
    }
    await app.waitFor('Clean: rehearsal of', loading);
    await app.press('esc');
    await app.waitFor('✓ Upgrade again');
    await app.waitFor('▌○ Test', { why: 'no test command is set' });
    await app.press('s');
    await app.waitFor('why is it skipped?');
    await app.type('nothing to test');
    await app.press('enter');
    await app.waitFor('8 of 9');
    await app.press('u');
    await app.waitFor('Enter runs it', loading);
    await app.press('enter');
    await app.waitFor('Upgrade done', loading);
    await app.press('esc');
    await app.waitFor('▌○ Commit together');
    journey.expected();

    await app.press('enter');
    await app.waitFor('Commit these files, and edit the message?', loading);
    expectWholeFrame(app);
    await app.press('y');
    await app.waitFor('9 of 9 · all done', loading);
    const files = await repository.inLastCommit();
    expect(files).toContain(newest());
    expect(files.filter((path) => path.startsWith('entities/'))).toHaveLength(
      Object.keys(journey.change).length,
    );
    expect(await repository.git('status', '--porcelain')).toBe('');
    expect(integrityErrors(database())).toEqual([]);
    await quit(app);
  });

  it('on the sample project: its newest revision is mended, and another one made', async () => {
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
    await app.waitFor('Change the file so');
    await app.press('y');
    await app.waitFor('Clean: rehearsal of', loading);
    await app.press('esc');
    await app.waitFor('✓ Upgrade again', loading);
    await app.press('u');
    await app.waitFor('Enter runs it', loading);
    await app.press('enter');
    await app.waitFor('Upgrade done', loading);
    await app.press('esc');
    await app.press('C');
    await app.waitFor('Commit these files, and edit the message?', loading);
    await app.press('y');
    await app.waitFor(/Committed as [0-9a-f]{7}/, loading);

    // Then one of its own, and its test is skipped for a reason.
    const gists = join(root, 'entities', 'gists.ts');
    const entity = readFileSync(gists, 'utf8');
    writeFileSync(
      gists,
      entity.replace('expiresAt:', 'views: p.integer().default(0),\n    expiresAt:'),
    );
    await app.press(']');
    await app.waitFor('▌○ Draft the revision', { ...loading, why: 'the entity was saved' });
    await app.press('enter');
    await app.waitFor('gists.views', loading);
    await app.press('enter');
    await app.waitFor('what does it do');
    await app.type('count views');
    await app.press('enter');
    await app.waitFor('▌○ Upgrade', { ...loading, why: 'it was read' });
    await app.press('enter');
    await app.waitFor(/(Clean|Hazards): rehearsal of/, loading);
    expect(app.text()).toContain('Clean: rehearsal of');
    await app.press('esc');
    await app.waitFor('▌○ Test', loading);
    await app.press('s');
    await app.waitFor('why is it skipped?');
    await app.type('the sample has none');
    await app.press('enter');
    await app.waitFor('▌○ Commit together');
    await app.press('enter');
    await app.waitFor('Commit these files, and edit the message?', loading);
    await app.press('y');
    await app.waitFor('9 of 9 · all done', loading);
    expectWholeFrame(app);
    const committed = await git('show', '--name-only', '--format=', 'HEAD');
    expect(committed).toContain('entities/gists.ts');
    expect(committed).toContain('count_views.ts');
    expect(await git('status', '--porcelain')).toBe('');
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
    await app.waitFor('what does it do');
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
