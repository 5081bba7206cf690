import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { revisions } from '../../source/journal/config.ts';
import { JournalError } from '../../source/journal/errors.ts';
import { change, count, integrityErrors, query, recordedRevisions } from '../kit/sqlite.ts';
import { JournalFolder, JournalProcess, newRun, targetKey } from './kit.ts';

const permissions = (path: string) => (statSync(path).mode & 0o777).toString(8);

async function refusalOf(folder: JournalFolder): Promise<JournalError> {
  const error = await folder.open().catch((thrown: unknown) => thrown);
  if (error instanceof JournalError) return error;
  throw new Error('It was opened, or the error is of another kind.', { cause: error });
}

describe('a new journal', () => {
  test('is for its owner alone, and ignored by git', async () => {
    await using folder = new JournalFolder();
    const journal = await folder.open();
    await journal.startRun(newRun());
    expect(readFileSync(join(folder.path, '.gitignore'), 'utf8')).toBe('*\n');
    expect(permissions(folder.path)).toBe('700');
    const data = readdirSync(folder.path).filter((name) => name.startsWith('journal.db'));
    expect(data.length).toBeGreaterThan(1);
    for (const name of data)
      expect([name, permissions(join(folder.path, name))]).toEqual([name, '600']);
  });

  test('takes a folder that is there, and leaves its .gitignore alone', async () => {
    await using folder = new JournalFolder();
    mkdirSync(folder.path, { mode: 0o755 });
    chmodSync(folder.path, 0o755);
    writeFileSync(join(folder.path, '.gitignore'), '# ours\n');
    await folder.open();
    expect(permissions(folder.path)).toBe('700');
    expect(readFileSync(join(folder.path, '.gitignore'), 'utf8')).toBe('# ours\n');
  });

  test('has every revision, lets readers in while it is written, and survives a power cut', async () => {
    await using folder = new JournalFolder();
    await folder.open();
    expect(recordedRevisions(folder.database)).toEqual(revisions.map(({ name }) => name));
    expect(query(folder.database, 'pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(readdirSync(folder.path).filter((name) => name.includes('lock'))).toEqual([]);
  });
});

describe('a journal that can’t be used', () => {
  test('is refused when a newer Handrail made it, and left as it is', async () => {
    await using folder = new JournalFolder();
    await (await folder.open()).close();
    change(
      folder.database,
      "insert into mikro_orm_migrations (name) values ('Migration20991231000000_from_the_future')",
    );
    const error = await refusalOf(folder);
    expect(error.what).toContain('newer Handrail');
    expect(error.why).toContain('Migration20991231000000_from_the_future');
    expect(error.next.length).toBeGreaterThan(0);
    expect(recordedRevisions(folder.database)).toHaveLength(revisions.length + 1);
  });

  test.each([
    ['short', 'not a database'],
    ['long', 'not a database '.repeat(1000)],
  ])('is refused when it is no database, and left as it is (%s)', async (_, content) => {
    await using folder = new JournalFolder();
    mkdirSync(folder.path);
    writeFileSync(folder.database, content);
    const error = await refusalOf(folder);
    expect(error.what).toContain(folder.database);
    expect(error.why).toContain('not a database');
    expect(readFileSync(folder.database, 'utf8')).toBe(content);
  });

  test('is refused when its pages are damaged', async () => {
    await using folder = new JournalFolder();
    await (await folder.open()).close();
    const bytes = readFileSync(folder.database);
    bytes.fill(0xa5, 100);
    writeFileSync(folder.database, bytes);
    expect((await refusalOf(folder)).why).toContain('malformed');
    expect(readFileSync(folder.database).equals(bytes)).toBe(true);
  });

  test('is refused when another program’s tables are in its way', async () => {
    await using folder = new JournalFolder();
    mkdirSync(folder.path);
    change(folder.database, "create table run (speed); insert into run values ('fast')");
    const error = await refusalOf(folder);
    expect(error.what).toContain('brought up to date');
    expect(error.why).toContain('already exists');
    expect(query(folder.database, 'select * from run')).toEqual([{ speed: 'fast' }]);
    expect(recordedRevisions(folder.database)).toEqual([]);
  });

  test('is refused when a file has its folder’s name', async () => {
    await using folder = new JournalFolder();
    writeFileSync(folder.path, '');
    expect((await refusalOf(folder)).why).toContain('EEXIST');
  });

  test('is refused when the project is read-only', async () => {
    await using folder = new JournalFolder();
    // Root may write everywhere: be nobody for a moment.
    const root = process.geteuid?.() === 0;
    const nobody = 65_534;
    if (root) chownSync(dirname(folder.path), nobody, nobody);
    chmodSync(dirname(folder.path), 0o500);
    if (root) process.seteuid?.(nobody);
    try {
      expect((await refusalOf(folder)).why).toContain('EACCES');
    } finally {
      if (root) process.seteuid?.(0);
      chmodSync(dirname(folder.path), 0o700);
    }
  });
});

describe('several Handrails', () => {
  test('in several processes may all make the journal at the same moment', async () => {
    const processes = [1, 2, 3].map(() => new JournalProcess('open.ts'));
    await using stack = new AsyncDisposableStack();
    for (const each of processes) stack.use(each);
    await Promise.all(processes.map((each) => each.message()));

    for (let round = 0; round < 10; round++) {
      await using folder = new JournalFolder();
      const answers = await Promise.all(processes.map((each) => each.ask(folder.path)));
      expect(answers).toEqual(['recorded', 'recorded', 'recorded']);
      expect(recordedRevisions(folder.database)).toHaveLength(revisions.length);
      expect(count(folder.database, 'run')).toBe(3);
      expect(count(folder.database, 'statement')).toBe(150);
      expect(integrityErrors(folder.database)).toEqual([]);
    }
  });
});

describe('a process that is killed in the middle of a run', () => {
  test('leaves a journal that can be read, with the run unfinished', async () => {
    await using folder = new JournalFolder();
    await using running = new JournalProcess('run.ts', folder.path);
    expect(await running.message()).toBe('a thousand');
    await running.kill();

    const journal = await folder.open();
    expect(integrityErrors(folder.database)).toEqual([]);
    const [run, ...others] = await journal.unfinishedRuns(targetKey);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ outcome: 'running', finishedAt: null, revisions: ['one', 'two'] });
    // What was flushed is there, and the count agrees with what is, however far it came.
    expect(run?.statements).toBeGreaterThanOrEqual(1000);
    expect(count(folder.database, 'statement')).toBe(run?.statements);
    expect(await journal.statements(run?.id ?? 0, 999, 2)).toMatchObject([
      { seq: 999, end: { ms: 1.5 } },
      { seq: 1000, end: null },
    ]);
  });
});
