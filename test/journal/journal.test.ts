import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ServerNotice } from '../../source/contract/statement.ts';
import { insertOf } from '../../source/journal/statements.ts';
import { change, query } from '../kit/sqlite.ts';
import { end, ended, failed, JournalFolder, newRun, start, started, targetKey } from './kit.ts';

const done = { outcome: 'done', message: null, now: end } as const;
const bothDone = [
  { name: 'one', outcome: 'done', ms: 12.5 },
  { name: 'two', outcome: 'done', ms: 3 },
] as const;

describe('runs', () => {
  test('are running until they are finished', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    const running = {
      id,
      direction: 'up',
      target: { key: targetKey, database: 'dev.db' },
      revisions: ['one', 'two'],
      startedAt: start.toISOString(),
      finishedAt: null,
      outcome: 'running',
      message: null,
      statements: 0,
      noticesOmitted: 0,
      backup: null,
    };
    expect(await journal.run(id)).toEqual(running);
    expect(await journal.unfinishedRuns(targetKey)).toEqual([running]);

    journal.statementStarted(id, started(1));
    await journal.finishRun(id, { ...done, message: 'All is well.', steps: bothDone });
    expect(await journal.run(id)).toEqual({
      ...running,
      finishedAt: end.toISOString(),
      outcome: 'done',
      message: 'All is well.',
      statements: 1,
    });
    expect(await journal.unfinishedRuns(targetKey)).toEqual([]);
  });

  test('come newest first, of all targets or of one, as many as asked for', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const other = newRun({ target: { key: 'other', database: 'o.db', driver: 'sqlite' } });
    const ids: number[] = [];
    for (const run of [newRun(), other, newRun(), newRun()]) ids.push(await journal.startRun(run));
    const [first, second, third, fourth] = ids;

    const idsOf = async (key: string | null, limit: number) =>
      (await journal.runs(key, limit)).map(({ id }) => id);
    expect(await idsOf(null, 10)).toEqual([fourth, third, second, first]);
    expect(await idsOf(null, 2)).toEqual([fourth, third]);
    expect(await idsOf(targetKey, 10)).toEqual([fourth, third, first]);
    expect(await idsOf('other', 10)).toEqual([second]);
    expect(await idsOf('nobody', 10)).toEqual([]);
    expect((await journal.unfinishedRuns(targetKey)).map(({ id }) => id)).toEqual([
      first,
      third,
      fourth,
    ]);
  });

  test('that the restoring of a whole file took back do not count, until that is taken back', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const step = { name: 'one', transactional: false };
    const ran = async (sha256: string, outcome: 'done' | 'failed', backup: string) => {
      const id = await journal.startRun(newRun({ steps: [{ ...step, sha256 }], backup }));
      await journal.finishRun(id, { ...done, outcome, steps: [{ ...step, outcome, ms: 1 }] });
      return id;
    };
    const restored = async (backup: string, kind: 'file' | 'rows', saved: string) => {
      const changes = { steps: [], backup: saved, restored: { backup, kind, aside: null } };
      const id = await journal.startRun(newRun({ ...changes, direction: 'restore' }));
      await journal.finishRun(id, { ...done, steps: [] });
      return id;
    };
    const loose = async () => (await journal.looseRuns(targetKey)).map(({ run }) => run);
    const hash = async () => (await journal.appliedHashes(targetKey)).get('one');

    await ran('first', 'done', 'a');
    const half = await ran('second', 'failed', 'b');
    expect(await loose()).toEqual([half]);
    await restored('b', 'rows', 'c');
    expect(await loose(), 'rows are not what a revision does').toEqual([half]);
    const whole = await restored('b', 'file', 'd');
    expect(await loose()).toEqual([]);
    expect(await hash()).toBe('first');
    expect(await journal.run(whole)).toMatchObject({
      direction: 'restore',
      revisions: [],
      backup: 'd',
      restored: { backup: 'b', kind: 'file', aside: null },
    });
    await restored('d', 'file', 'e');
    expect(await loose(), 'it is as it was before').toEqual([half]);
    await ran('third', 'done', 'f');
    expect(await loose()).toEqual([]);
    expect(await hash()).toBe('third');
    await restored('f', 'file', 'g');
    expect(await loose()).toEqual([half]);
    expect(await hash()).toBe('first');
  });

  test('that nobody recorded are null', async () => {
    await using folder = new JournalFolder();
    expect(await (await folder.open()).run(7)).toBeNull();
  });

  test('of a thousand revisions keep their order', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const steps = Array.from({ length: 1000 }, (_, n) => ({ name: `revision ${n}`, sha256: null }));
    const id = await journal.startRun(newRun({ steps }));
    expect((await journal.run(id))?.revisions).toEqual(steps.map(({ name }) => name));
  });

  test('take what they hold with them when they are removed', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    journal.statementStarted(id, started(1));
    await journal.close();
    change(folder.database, 'pragma foreign_keys = on; delete from run');
    expect(query(folder.database, 'select * from step')).toEqual([]);
    expect(query(folder.database, 'select * from statement')).toEqual([]);
  });

  test('that never finished are settled by what the target was found to hold', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    await journal.settleInterrupted(id, {
      done: ['one'],
      notDone: ['two'],
      message: 'It was interrupted.',
      now: end,
    });
    expect(await journal.unfinishedRuns(targetKey)).toEqual([]);
    expect(await journal.run(id)).toMatchObject({
      outcome: 'interrupted',
      finishedAt: end.toISOString(),
      message: 'It was interrupted.',
    });
    expect(await journal.appliedHashes(targetKey)).toEqual(new Map([['one', 'hash-of-one']]));
  });
});

describe('hashes of applied revisions', () => {
  test('are those of the last time, and gone after a downgrade', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const run = async (direction: 'up' | 'down', name: string, sha256: string | null) => {
      const id = await journal.startRun(newRun({ direction, steps: [{ name, sha256 }] }));
      await journal.finishRun(id, { ...done, steps: [{ name, outcome: 'done', ms: 1 }] });
    };
    await run('up', 'one', 'a');
    await run('up', 'two', 'b');
    expect(await journal.appliedHashes(targetKey)).toEqual(
      new Map([
        ['one', 'a'],
        ['two', 'b'],
      ]),
    );
    await run('down', 'one', 'a');
    expect(await journal.appliedHashes(targetKey)).toEqual(new Map([['two', 'b']]));
    await run('up', 'one', 'edited');
    expect((await journal.appliedHashes(targetKey)).get('one')).toBe('edited');
    await run('up', 'one', null);
    expect((await journal.appliedHashes(targetKey)).has('one')).toBe(false);
    expect(await journal.appliedHashes('another target')).toEqual(new Map());
  });

  test('come only from steps that the target shows', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    await journal.finishRun(id, {
      outcome: 'failed',
      message: 'two failed',
      now: end,
      steps: [
        { name: 'one', outcome: 'rolled-back', ms: 1 },
        { name: 'two', outcome: 'failed', ms: null },
      ],
    });
    await journal.startRun(newRun());
    expect(await journal.appliedHashes(targetKey)).toEqual(new Map());
  });
});

describe('statements', () => {
  test('are read back as they were told', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    const error = failed({
      code: 'SQLITE_CONSTRAINT',
      position: 7,
      detail: 'a detail',
      hint: 'a hint',
    });
    const begin = started(1, { kind: 'begin', sql: 'begin', revision: null, direction: null });
    const insert = started(2, { parameters: ['1', 'it’s\n"text"'] });
    journal.statementStarted(id, begin);
    journal.statementEnded(id, ended(1, { affected: null }));
    journal.statementStarted(id, insert);
    journal.statementEnded(id, ended(2, { affected: 0, rows: 3, error }));
    journal.statementStarted(id, started(3));
    expect(await journal.statements(id, 1, 10)).toEqual([
      { ...begin, end: ended(1, { affected: null }) },
      { ...insert, end: ended(2, { affected: 0, rows: 3, error }) },
      { ...started(3), end: null },
    ]);
  });

  test('may end long after they were written', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    journal.statementStarted(id, started(1));
    await journal.flush();
    journal.statementStarted(id, started(2));
    journal.statementEnded(id, ended(1, { ms: 4000 }));
    journal.statementEnded(id, ended(2));
    expect((await journal.statements(id, 1, 10)).map((statement) => statement.end)).toEqual([
      ended(1, { ms: 4000 }),
      ended(2),
    ]);
  });

  test('into a file that somebody removed are told as lost', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    rmSync(folder.path, { recursive: true });
    await expect(journal.finishRun(id, { ...done, steps: [] })).rejects.toThrow(
      /removed or replaced/,
    );
  });

  test('come back as they were told, whatever is in them', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    const odd = [
      started(1, {
        sql: 'a\0b \u001b[2J "\u2028" \\u0041 🎉 it\'\'s',
        parameters: ['\0', '', 'é'],
      }),
      started(2, { at: Number.MAX_SAFE_INTEGER, revision: null, direction: null }),
    ];
    const ends = [
      ended(1, { ms: 0, affected: null, rows: 2 ** 40 }),
      ended(2, { ms: 1e-7, error: failed({ message: 'null' }) }),
    ];
    for (const statement of odd) journal.statementStarted(id, statement);
    for (const statement of ends) journal.statementEnded(id, statement);
    expect(await journal.statements(id, 1, 10)).toEqual(
      odd.map((statement, index) => ({ ...statement, end: ends[index] })),
    );
  });

  test('are inserted by one text, however many they are: the driver keeps each that is prepared', () => {
    const row = {
      ...started(1),
      run: 1,
      parameters: '[]',
      ms: 1,
      affected: 0,
      rows: 0,
      error: null,
    };
    expect(insertOf([row, row, row]).sql).toBe(insertOf([row]).sql);
    expect(insertOf([row, row]).parameters).toHaveLength(1);
  });

  test('of two runs at once stay apart', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const [one, two] = await Promise.all([journal.startRun(newRun()), journal.startRun(newRun())]);
    journal.statementStarted(one, started(1, { sql: 'select 1' }));
    journal.statementStarted(two, started(1, { sql: 'select 2' }));
    journal.statementEnded(two, ended(1));
    expect(await journal.statements(one, 1, 10)).toMatchObject([{ sql: 'select 1', end: null }]);
    expect(await journal.statements(two, 1, 10)).toMatchObject([
      { sql: 'select 2', end: ended(1) },
    ]);
  });

  test('a hundred thousand are all there, and any window of them is found by key', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    for (let seq = 1; seq <= 100_000; seq++) {
      journal.statementStarted(id, started(seq));
      journal.statementEnded(id, ended(seq));
    }
    await journal.finishRun(id, { ...done, steps: bothDone });
    expect((await journal.run(id))?.statements).toBe(100_000);
    const seqs = async (from: number, count: number) =>
      (await journal.statements(id, from, count)).map(({ seq }) => seq);
    expect(await seqs(99_000, 3)).toEqual([99_000, 99_001, 99_002]);
    expect(await seqs(99_999, 50)).toEqual([99_999, 100_000]);
    expect(await seqs(0, 2)).toEqual([1]);
    expect(await seqs(100_001, 5)).toEqual([]);
    await journal.close();
    const [count] = query(folder.database, 'select count(*) as n from statement');
    expect(count?.n).toBe(100_000);
    const plan = query(
      folder.database,
      'explain query plan select * from statement where run_id = 1 and seq >= 5 and seq < 9 order by seq',
    );
    expect(plan.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^SEARCH statement USING INDEX .*\(run_id=\? AND seq>\? AND seq<\?\)$/),
    ]);
  });

  test('that could not be written are told once, and the outcome is recorded all the same', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    journal.statementStarted(id, started(1));
    await journal.flush();
    journal.statementStarted(id, started(1, { sql: 'the same seq again' }));
    // Reading is no time to complain.
    expect(await journal.statements(id, 1, 10)).toHaveLength(1);
    await expect(journal.finishRun(id, { ...done, steps: bothDone })).rejects.toMatchObject({
      what: 'Some statements could not be recorded in the journal.',
      why: expect.stringContaining('UNIQUE constraint failed'),
    });
    expect(await journal.run(id)).toMatchObject({ outcome: 'done' });
    await journal.flush();
  });
});

describe('what the server said', () => {
  const notice = (seq: number, message: string): ServerNotice => ({
    seq,
    at: start.getTime(),
    severity: 'warning',
    message,
    code: 'P1234',
    detail: null,
    hint: 'Look.',
    where: 'PL/pgSQL function check_rows() line 3 at RAISE',
  });

  test('is kept in order, with how much is not', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    const other = await journal.startRun(newRun());
    const said = [notice(1, 'one'), notice(1, 'two'), notice(4, 'three')];
    for (const each of said) {
      journal.serverNotice(id, each);
      await journal.flush();
    }
    journal.noticesOmitted(id, 3);
    journal.noticesOmitted(id, 70);
    await journal.finishRun(id, { ...done, steps: bothDone });
    expect(await journal.notices(id)).toEqual(said);
    expect(await journal.notices(other)).toEqual([]);
    expect(await journal.run(id)).toMatchObject({ noticesOmitted: 70 });
    expect(await journal.run(other)).toMatchObject({ noticesOmitted: 0 });
  });

  test('is kept without data with the policy none', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open('none');
    const id = await journal.startRun(newRun());
    journal.serverNotice(id, {
      ...notice(1, 'row "Ada Lovelace" skipped'),
      detail: 'Key (email)=(ada@example.com) exists.',
      where: `SQL statement "insert into person values ('Ada Lovelace')"`,
    });
    await journal.close();
    const [kept] = query(folder.database, 'select * from notice');
    expect(JSON.stringify(kept)).not.toMatch(/ada/i);
    expect(kept).toMatchObject({ severity: 'warning', detail: null, hint: null });
    expect(kept?.message).toContain('not kept');
  });
});

describe('data in statements', () => {
  const long = 'x'.repeat(200);
  const secret = 'ada@example.com';

  test('is shortened by default', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open('cut');
    const id = await journal.startRun(newRun());
    journal.statementStarted(id, started(1, { sql: `select '${long}'`, parameters: [long, 'a'] }));
    const [statement] = await journal.statements(id, 1, 1);
    expect(statement?.sql).toBe(`select '${'x'.repeat(63)}…' /* 200 characters */`);
    expect(statement?.length).toBe(209);
    expect(statement?.parameters).toEqual([`${'x'.repeat(63)}… (200 characters)`, 'a']);
  });

  test('is nowhere in the file with the policy none', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open('none');
    const id = await journal.startRun(newRun());
    const told = started(1, {
      sql: `insert into person values (424242, '${secret}', '${long}') -- ${secret}`,
      parameters: [secret],
    });
    const error = failed({
      message: `duplicate key "${secret}"`,
      detail: `Key (email)=(${secret}) already exists.`,
      hint: `Not '${secret}'?`,
    });
    journal.statementStarted(id, told);
    journal.statementEnded(id, ended(1, { error }));
    await journal.finishRun(id, { ...done, message: `near "${secret}"`, steps: bothDone });
    expect(await journal.statements(id, 1, 1)).toMatchObject([
      {
        sql: "insert into person values (?, '…', '…') /* … */",
        parameters: [],
        end: {
          error: { message: 'duplicate key "…"', detail: null, hint: null },
        },
      },
    ]);
    await journal.close();
    const everything = JSON.stringify([
      query(folder.database, 'select * from run'),
      query(folder.database, 'select * from statement'),
    ]);
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain('424242');
    expect(everything).not.toContain('xxx');
  });

  test('moves the position of an error along with the SQL that is kept', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open('none');
    const id = await journal.startRun(newRun());
    const sql = "insert into t values ('twelve chars', wrong)";
    const position = sql.indexOf('wrong') + 1;
    journal.statementStarted(id, started(1, { sql }));
    journal.statementEnded(id, ended(1, { error: failed({ position }) }));
    journal.statementStarted(id, started(2, { sql }));
    await journal.flush();
    journal.statementEnded(id, ended(2, { error: failed({ position }) }));
    for (const statement of await journal.statements(id, 1, 2)) {
      const kept = statement.end?.error?.position ?? 0;
      expect(statement.sql.slice(kept - 1)).toBe('wrong)');
    }
  });

  test.each(['cut', 'none'] as const)('credentials are never kept (%s)', async (literals) => {
    await using folder = new JournalFolder();
    const journal = await folder.open(literals);
    const id = await journal.startRun(newRun());
    const message = 'could not connect to postgres://ada:s3cret@db.example.com/shop';
    journal.statementStarted(id, started(1));
    journal.statementEnded(id, ended(1, { error: failed({ message }) }));
    await journal.finishRun(id, { ...done, message, steps: bothDone });
    expect((await journal.run(id))?.message).toBe(
      'could not connect to postgres://…@db.example.com/shop',
    );
    expect(JSON.stringify(await journal.statements(id, 1, 1))).not.toContain('s3cret');
  });
});

describe('closing', () => {
  test('writes what is still to be written, and may be done twice', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    const id = await journal.startRun(newRun());
    journal.statementStarted(id, started(1));
    const closing = journal.close();
    journal.statementStarted(id, started(2));
    await Promise.all([closing, journal.close()]);
    journal.statementStarted(id, started(3));
    journal.statementEnded(id, ended(1));
    await journal.close();
    expect(query(folder.database, 'select seq, ms from statement')).toEqual([{ seq: 1, ms: null }]);
  });

  test('leaves a journal that opens with all that was recorded', async () => {
    await using folder = new JournalFolder();
    const first = await folder.open();
    const id = await first.startRun(newRun());
    await first.finishRun(id, { ...done, steps: bothDone });
    await first.close();
    const second = await folder.open();
    expect(await second.runs(null, 10)).toMatchObject([{ id, outcome: 'done' }]);
    expect((await second.appliedHashes(targetKey)).size).toBe(2);
  });
});
