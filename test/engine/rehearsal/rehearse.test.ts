/** How a rehearsal goes about it: bases, steps, tests, entities, and what it leaves alone. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, test } from 'vitest';
import type { TestResult } from '../../../source/contract/rehearsal.ts';
import { addColumn, code, createTable, nonTransactional, sql } from '../../kit/builders.ts';
import { databases } from '../../kit/databases.ts';
import type { Project } from '../../kit/project.ts';
import { change, fingerprint } from '../../kit/sqlite.ts';
import { refused } from '../kit.ts';
import { kindsOf, makeRehearsal, rehearsalOf, rehearse } from './kit.ts';

let project: Project;
afterEach(() => project?.cleanup());

const shelves = createTable('shelves', 'shelf');
const rows = `insert into shelf (name) values ('top'), ('low')`;
const width = addColumn('width', 'shelf', 'width', 'integer null');
const depth = addColumn('depth', 'shelf', 'depth', 'integer null');

const passed = (command: string): TestResult => ({
  command,
  ok: true,
  ended: 'exit 0',
  ms: 1,
  output: [],
});

describe.each(databases)('on $label', ({ makeProject, at }) => {
  const made = (...parts: Parameters<typeof rehearsalOf>) => makeProject(rehearsalOf(...parts));

  describe('bases', () => {
    test('pending revisions are rehearsed one after the other, each on those before it', async () => {
      await using project = await made(shelves, [width, depth], rows);
      const { report } = await rehearse(project.root);
      expect(report.verdict).toBe('clean');
      expect(report.revisions.map(({ name }) => name)).toEqual(project.names().slice(1));
      expect(report.throwaways).toMatchObject([{ base: 'target', rows: 2 }]);
    });

    test('a revision that is not the next one gets those before it first', async () => {
      await using project = await made(shelves, [width, depth], rows);
      const [, , last = ''] = project.names();
      const { report, steps } = await rehearse(project.root, { revisions: [last] });
      expect(report.revisions.map(({ name }) => name)).toEqual([last]);
      const base = steps.find(({ step, state }) => step === 'base' && state === 'done');
      expect(base?.note).toContain('2 revisions applied');
    });

    test('an applied revision is rehearsed on the state before it', async () => {
      await using project = await makeProject({
        revisions: [shelves, width, depth],
        applied: 3,
        content: rows,
      });
      const [, second = ''] = project.names();
      const before = await project.database.fingerprint();
      const { revision } = await rehearse(project.root, { revisions: [second] });
      expect(revision).toMatchObject({ name: second, verdict: 'clean', rows: 2, rowsLost: 0 });
      expect(await project.database.fingerprint()).toEqual(before);
    });

    test('from scratch everything before is replayed on an empty database', async () => {
      await using project = await made(shelves, width, rows);
      const { report, revision } = await rehearse(project.root, { bases: ['empty'] });
      expect(revision).toMatchObject({ base: 'empty', verdict: 'clean', rows: 0 });
      expect(report.throwaways).toMatchObject([{ base: 'empty', rows: 0 }]);
    });

    test('a revision of data can pass on one base and fail on the other', async () => {
      const needsRows = code(
        'needs_rows',
        `const rows = await this.execute('select * from "shelf"');
      if (rows.length === 0) throw new Error('there is no shelf');`,
        '',
      );
      await using project = await made(shelves, needsRows, rows);
      const { report } = await rehearse(project.root, { bases: ['target', 'empty'] });
      expect(report.revisions.map(({ base, verdict }) => [base, verdict])).toEqual([
        ['target', 'clean'],
        ['empty', 'failed'],
      ]);
    });

    test('a target that has drifted is told when its revisions are replayed', async () => {
      await using project = await made(
        shelves,
        width,
        `${rows}; create index "by_hand" on "shelf" ("name")`,
      );
      const { notices } = await rehearse(project.root, { bases: ['empty'] });
      const drift = notices.find(({ kind }) => kind === 'drift');
      expect(drift?.details).toEqual([expect.stringMatching(/^\+ index .*by_hand/)]);
    });

    test('without a target there is an empty database', async () => {
      await using project = await makeProject({ revisions: [shelves] });
      await project.database.remove();
      const { report } = await rehearse(project.root);
      expect(report.throwaways).toMatchObject([{ rows: 0 }]);
      expect(await project.database.exists()).toBe(false);
    });
  });

  describe('steps', () => {
    test('are told in their order, each with its end', async () => {
      await using project = await made(shelves, width, rows);
      const { steps } = await rehearse(project.root);
      const ended = steps.filter(({ state }) => state !== 'running');
      expect(ended.map(({ step, state }) => `${step} ${state}`)).toEqual([
        'copy done',
        'base done',
        'up done',
        'check-up done',
        'test skipped',
        'down done',
        'check-down done',
        'test-downgraded skipped',
        'up-again done',
        'check-again done',
      ]);
    });

    test('each says what it found itself, also what an earlier one told already', async () => {
      await using project = await made(
        shelves,
        sql('lossy', [`delete from "shelf" where "name" = 'top'`], ['select 1']),
        rows,
      );
      const { revision } = await rehearse(project.root);
      const [told] = revision.findings;
      expect(told).toMatchObject({
        step: 'check-up',
        again: expect.arrayContaining(['check-down']),
      });
      const note = (step: string) => revision.steps.find((each) => each.step === step)?.note;
      for (const step of ['check-up', 'check-down']) {
        expect(note(step), step).toMatch(/^\d notices?: 1 of 2 rows of shelf/);
      }
    });

    test('a downgrade that sends nothing is told apart from one that does too little', async () => {
      await using project = await made(
        shelves,
        code('hollow', `this.addSql(${JSON.stringify(String(width.up[0]))});`, ''),
        rows,
      );
      const { hazards } = await rehearse(project.root);
      expect(hazards[0]).toMatchObject({
        kind: 'schema-differs',
        why: expect.stringContaining('Its down() sent no statement.'),
      });
    });

    test('tests run on the upgraded and on the downgraded throwaway, with its URL', async () => {
      await using project = await made(shelves, width, rows);
      const seen: unknown[] = [];
      const { revision } = await rehearse(
        project.root,
        { tests: { upgraded: true, downgraded: true } },
        async (which, url) => {
          expect(url).not.toContain(project.database.place);
          seen.push([which, await at(url).columns('shelf')]);
          return passed(which);
        },
      );
      expect(seen).toEqual([
        ['test', ['id', 'name', 'width']],
        ['testDowngraded', ['id', 'name']],
      ]);
      expect(revision).toMatchObject({ verdict: 'clean', tests: [{ ok: true }, { ok: true }] });
    });

    test('a failing test is a hazard with the last that it printed', async () => {
      await using project = await made(shelves, width, rows);
      const { hazards } = await rehearse(
        project.root,
        { tests: { upgraded: true, downgraded: false } },
        (which) => ({
          ...passed(which),
          ok: false,
          ended: 'exit 1',
          output: ['expected 2, got 3'],
        }),
      );
      expect(hazards).toMatchObject([{ kind: 'test-failed', details: ['expected 2, got 3'] }]);
    });

    test('after a failed upgrade nothing more is rehearsed', async () => {
      const broken = sql('broken', ['create table "shelf" ("id" integer)'], []);
      await using project = await made(shelves, [broken, width], rows);
      const { report, hazards } = await rehearse(project.root);
      expect(report.verdict).toBe('failed');
      expect(report.notRehearsed).toEqual(project.names().slice(2));
      expect(hazards[0]).toMatchObject({
        kind: 'failed',
        statement: 'create table "shelf" ("id" integer)',
      });
    });

    test('a downgrade that leaves something behind is shown as SQL', async () => {
      await using project = await made(shelves, sql('lazy', width.up.map(String), []), rows);
      const { hazards } = await rehearse(project.root);
      expect(hazards).toMatchObject([
        { kind: 'schema-differs', details: ['+ column shelf.width: integer'] },
        { kind: 'failed', step: 'up-again' },
      ]);
      expect(hazards[0]?.why).toContain('// handrail: keep shelf.width');
    });
  });

  describe('entities', () => {
    test('a schema that lacks what they say is shown as SQL', async () => {
      await using project = await makeProject({ applied: 1 });
      const { hazards } = await rehearse(project.root);
      expect(kindsOf(hazards)).toEqual([]);
      project.addRevision(
        sql(
          'unexpected',
          ['alter table "book" drop column "pages"'],
          ['alter table "book" add column "pages" integer null'],
        ),
      );
      const again = await rehearse(project.root);
      const [differ] = again.hazards;
      expect(differ).toMatchObject({ kind: 'entities-differ', step: 'check-up' });
      expect(differ?.details.join('\n')).toMatch(/add.*pages/);
    });
  });

  describe('refusals', () => {
    test('an unknown revision', async () => {
      await using project = await made(shelves, width, rows);
      const { reply } = await rehearse(project.root, { revisions: ['gist'] });
      expect(refused(reply).code).toBe('unknown-revision');
    });

    test('nothing pending', async () => {
      await using project = await makeProject({ revisions: [shelves], applied: 1 });
      const { reply } = await rehearse(project.root);
      expect(refused(reply).code).toBe('nothing-to-do');
    });
  });
});

describe('what is left alone on SQLite', () => {
  test('no file of the project is made or changed, and the workspace is all that is used', async () => {
    project = makeRehearsal(shelves, width, rows);
    const files = () =>
      readdirSync(project.root, { recursive: true })
        .map(String)
        .filter((name) => !name.startsWith('node_modules'))
        .sort();
    const before = { files: files(), database: readFileSync(project.databasePath) };
    await rehearse(project.root);
    expect({ files: files(), database: readFileSync(project.databasePath) }).toEqual(before);
  });

  test('a target in WAL mode is copied while somebody writes to it', async () => {
    project = makeRehearsal(shelves, width, rows);
    change(project.databasePath, 'pragma journal_mode = wal');
    const writer = new DatabaseSync(project.databasePath);
    try {
      writer.exec(
        `insert into shelf (name) values ('in the log'); begin immediate; insert into shelf (name) values ('not yet')`,
      );
      const { report } = await rehearse(project.root);
      expect(report.verdict).toBe('clean');
      expect(report.throwaways).toMatchObject([{ rows: 3 }]);
      writer.exec('commit');
    } finally {
      writer.close();
    }
  });

  test('a project that switches its connections to WAL is compared as it is', async () => {
    project = makeRehearsal(
      shelves,
      [sql('lossy', ['delete from "shelf" where "id" = 1'], []), width],
      rows,
    );
    const config = project.read('mikro-orm.config.js');
    project.write(
      'mikro-orm.config.js',
      config.replace(
        'entities: [],',
        "entities: [], onCreateConnection: (connection) => connection.executeQuery({ sql: 'pragma journal_mode = wal', parameters: [], query: { kind: 'RawNode' }, queryId: {} }),",
      ),
    );
    const { report, notices } = await rehearse(project.root);
    expect(report.revisions.map(({ verdict }) => verdict)).toEqual(['clean', 'clean']);
    expect(report.revisions.map((each) => each.rows)).toEqual([2, 1]);
    expect(kindsOf(notices)).toEqual(['entities-differ']);
  });

  test('a loop over many rows is measured, and only its beginning reported', async () => {
    const many = code(
      'many',
      `for (let id = 1; id <= 5000; id++) {
        await this.execute('update "shelf" set "name" = ? where "id" = ?', ['shelf ' + id, id]);
      }`,
      '',
    );
    const content = `insert into shelf (name) with recursive n (i) as (select 1 union all select i + 1 from n where i < 5000) select 'x' from n`;
    project = makeRehearsal(shelves, many, content);
    const { revision, hazards } = await rehearse(project.root);
    expect(hazards).toEqual([]);
    expect(revision.passes[0]?.statements).toHaveLength(2_000);
    expect(revision.passes[0]?.omitted).toBe(3_000);
  });

  test('settings of the environment do not lead it to another database', async () => {
    project = makeRehearsal(shelves, width, rows);
    change(join(project.root, 'other.db'), 'create table "untouched" ("id" integer)');
    const before = fingerprint(join(project.root, 'other.db'));
    process.env.MIKRO_ORM_DB_NAME = 'other.db';
    try {
      await rehearse(project.root);
    } finally {
      delete process.env.MIKRO_ORM_DB_NAME;
    }
    expect(fingerprint(join(project.root, 'other.db'))).toEqual(before);
  });
});

// On PostgreSQL it has a connection of its own.
test('on SQLite, a revision that MikroORM would wait for for ever is named', async () => {
  project = makeRehearsal(shelves, nonTransactional('alone', width.up, width.down ?? []), rows);
  const { hazards } = await rehearse(project.root);
  expect(hazards[0]?.what).toContain('never ends');
});
