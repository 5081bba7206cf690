/**
 * Loaded into each process of a Handrail that is struck (`node --import`): counts what the process
 * writes and what it sends to databases, and at the moment that was chosen kills whom it is told to.
 * It tells all moments that came, for one to be chosen.
 *
 * It stands between the program and Node's own functions, so the program is the built one, and a
 * moment is the same in each run: no time is part of it.
 */

import fs, { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { join } from 'node:path';
import sqlite, {
  type BackupOptions,
  type BackupProgressInfo,
  DatabaseSync,
  StatementSync,
} from 'node:sqlite';
import { FUNCTION, hasHalfway, ROW } from './halfway.ts';
import type { Strike } from './moment.ts';

const folder = process.env.HANDRAIL_FAULTS_FOLDER ?? '';
const order = join(folder, 'strike');
const strike: Strike | null = existsSync(order) ? JSON.parse(readFileSync(order, 'utf8')) : null;

const role = roleOf(process.argv);
if (role !== null) watch(role);

function roleOf([, program = '', options = '']: readonly string[]): string | null {
  if (program.endsWith('cli.js')) return 'supervisor';
  if (!program.endsWith('engine.js')) return null;
  return /"access":"(\w+)"/.exec(options)?.[1] ?? null;
}

function watch(role: string): void {
  appendFileSync(join(folder, 'processes'), `${process.pid} ${role}\n`);
  let counted = 0;
  let within = false;

  const moment: Moment = (what, work) => {
    if (within) return work(() => {});
    within = true;
    try {
      reached(`${role} · before ${what}`);
      const result = work((how) => reached(`${role} · during ${what}`, how));
      const after = () => reached(`${role} · after ${what}`);
      if (result instanceof Promise) result.then(after, () => {});
      else after();
      return result;
    } finally {
      within = false;
    }
  };

  const reached = (key: string, how = carryOut): void => {
    appendFileSync(join(folder, 'moments'), `${key}\n`);
    if (!strike || key !== strike.key || ++counted !== strike.nth) return;
    // Whoever comes later to the same moment, in another process, goes on.
    if (existsSync(join(folder, 'struck'))) return;
    writeFileSync(join(folder, 'struck'), String(process.pid));
    how(strike);
  };

  const write = (what: string | null, work: () => unknown) =>
    what === null ? work() : moment(what, work);
  watchFiles(write);
  watchSqlite(moment);
  watchServer(moment);
}

/**
 * Three moments, or two: before `work`, in its midst, which it has to tell itself, and after it.
 *
 * @param how it is struck in its midst
 */
type Moment = <T>(what: string, work: (during: During) => T) => T;
type During = (how?: (strike: Strike) => void) => void;

function carryOut({ victim }: Strike): void {
  const lines = readFileSync(join(folder, 'processes'), 'utf8').trim().split('\n');
  const all = lines.map((line) => {
    const [pid = '', role = ''] = line.split(' ');
    return { pid: Number(pid), role };
  });
  if (victim === 'server' || victim === 'sessions') {
    // Those are for the trial, which says when it is done.
    while (!existsSync(join(folder, 'done'))) pause();
    return;
  }
  const isMeant = ({ role }: { readonly role: string }) =>
    victim === 'both' || (role === 'supervisor') === (victim === 'supervisor');
  const others = all.filter(isMeant).flatMap(({ pid }) => (isOurs(pid) ? [pid] : []));
  const mine = others.includes(process.pid);
  for (const pid of others) if (pid !== process.pid) kill(pid);
  if (mine) kill(process.pid);
  writeFileSync(join(folder, 'done'), '');
}

/** A statement that is about to be sent waits for a lock which the trial has by then. */
function carryOutInside(strike: Strike): void {
  while (!existsSync(join(folder, 'held'))) pause();
  const looking = setInterval(() => {
    if (!existsSync(join(folder, 'inside'))) return;
    clearInterval(looking);
    carryOut(strike);
  }, 2);
  looking.unref();
}

/** The number of one that has ended may be another's by now. */
function isOurs(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  try {
    return /cli\.js|engine\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

/** What kind of file it is; null for one that is none of Handrail's. */
function kindOf(path: unknown): string | null {
  const text = String(path);
  if (text.startsWith(folder)) return null;
  for (const [kind, pattern] of KINDS) if (pattern.test(text)) return kind;
  return null;
}

const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['the throwaway', /handrail-throwaway/],
  ['the trace', /\.trace$/],
  ['the backup', /\.handrail\/backups/],
  ['the journal’s folder', /\.handrail\b(?!-)/],
  ['the snapshot', /\.snapshot-/],
  ['the revision’s file', /migrations\//],
  ['the lock', /handrail-lock/],
];

type Callable = (...args: never[]) => unknown;

function replace<T extends object>(owner: T, name: string, make: (original: Callable) => Callable) {
  const original = Reflect.get(owner, name) as Callable;
  Reflect.set(owner, name, make(original));
}

function watchFiles(write: (what: string | null, work: () => unknown) => unknown): void {
  const open = new Map<number, string>();
  replace(fs, 'openSync', (original) => (...args: never[]) => {
    const [path, flags] = args as readonly unknown[];
    const kind = typeof flags === 'string' && flags !== 'r' ? kindOf(path) : null;
    const file = write(kind && `opening ${kind}`, () => original(...args)) as number;
    if (kind !== null) open.set(file, kind);
    return file;
  });
  replace(fs, 'closeSync', (original) => (...args: never[]) => {
    open.delete(Number(args[0]));
    return original(...args);
  });
  replace(fs, 'writeSync', (original) => (...args: never[]) => {
    const kind = open.get(Number(args[0])) ?? null;
    return write(kind && `writing ${kind}`, () => original(...args));
  });
  const changing = [
    'writeFileSync',
    'renameSync',
    'rmSync',
    'mkdirSync',
    'mkdtempSync',
    'copyFileSync',
    'cpSync',
  ];
  const watched = (name: string) => (original: Callable) =>
    function (this: unknown, ...args: never[]) {
      const kind = kindOf(args[0]);
      return write(kind && `${name.replace(/Sync$/, '')} of ${kind}`, () =>
        Reflect.apply(original, this, args),
      );
    };
  for (const name of changing) replace(fs, name, watched(name));
  for (const name of ['writeFile', 'rename', 'rm', 'mkdir', 'mkdtemp', 'copyFile', 'cp']) {
    replace(fs.promises, name, watched(name));
  }
  syncBuiltinESMExports();
}

/** Of a copy's steps, pages. */
const PAGES = 8;

function statementKind(sql: string): string {
  const [word = ''] = /^\s*\w+/.exec(sql.toLowerCase()) ?? [];
  const first = word.trim();
  return /^(begin|commit|rollback|savepoint|release)$/.test(first) ? first : 'a statement';
}

function databaseKind(path: string): string {
  if (path.endsWith('journal.db')) return 'the journal';
  return /handrail-throwaway|^handrail_/.test(path)
    ? 'the throwaway'
    : (kindOf(path) ?? 'the target');
}

function watchSqlite(moment: Moment): void {
  const send = (sql: string, path: string, work: (during: During) => unknown) => {
    // Only reading can't be cut off in a way that matters.
    if (/^\s*(select|pragma|with)\b/i.test(sql)) return work(() => {});
    const kind = databaseKind(path);
    return moment(`${statementKind(sql)} of ${kind}`, work);
  };
  const paths = new WeakMap<object, string>();
  replace(
    DatabaseSync.prototype,
    'exec',
    (original) =>
      function (this: DatabaseSync, ...args: never[]) {
        return send(String(args[0]), String(this.location()), () =>
          Reflect.apply(original, this, args),
        );
      },
  );
  replace(
    DatabaseSync.prototype,
    'prepare',
    (original) =>
      function (this: DatabaseSync, ...args: never[]) {
        const statement = Reflect.apply(original, this, args) as object;
        paths.set(statement, String(this.location()));
        return statement;
      },
  );
  replace(
    StatementSync.prototype,
    'run',
    (original) =>
      function (this: StatementSync, ...args: never[]) {
        return send(this.sourceSQL, paths.get(this) ?? '', () =>
          Reflect.apply(original, this, args),
        );
      },
  );
  // In steps, so that it has a midst; a commit there is at the end of all.
  replace(sqlite, 'backup', (original) => (...args: never[]) => {
    const [source, path, options] = args as readonly unknown[];
    const told: BackupOptions = typeof options === 'object' && options !== null ? options : {};
    return moment(`copying to ${databaseKind(String(path))}`, (during) => {
      let isFirst = true;
      const progress = (state: BackupProgressInfo) => {
        if (isFirst) during();
        isFirst = false;
        told.progress?.(state);
      };
      return Reflect.apply(original, sqlite, [
        source,
        path,
        { ...told, rate: PAGES, progress },
      ] as never[]);
    });
  });
  syncBuiltinESMExports();
  // MikroORM's driver is a library of its own, loaded by the project.
  const { dlopen } = process;
  process.dlopen = (module, ...rest) => {
    Reflect.apply(dlopen, process, [module, ...rest]);
    const { Database, Statement } = (module as { exports: Addon }).exports;
    if (!Database || !Statement) return;
    replace(
      Database.prototype,
      'exec',
      (original) =>
        function (this: { readonly name: string }, ...args: never[]) {
          return send(String(args[0]), this.name, () => Reflect.apply(original, this, args));
        },
    );
    for (const name of ['run', 'all', 'get']) {
      replace(
        Statement.prototype,
        name,
        (original) =>
          function (this: AddonStatement, ...args: never[]) {
            const { source, database } = this;
            return send(source, database.name, (during) => {
              if (hasHalfway(source)) tellHalfway(database, during);
              return Reflect.apply(original, this, args);
            });
          },
      );
    }
  };
}

interface Addon {
  readonly Database?: { readonly prototype: object };
  readonly Statement?: { readonly prototype: object };
}

interface AddonDatabase {
  readonly name: string;
  function(name: string, call: (text: unknown) => unknown): void;
  pragma(text: string): void;
}

interface AddonStatement {
  readonly source: string;
  readonly database: AddonDatabase;
}

function tellHalfway(database: AddonDatabase, during: During): void {
  // As little as if the database were large: pages of the statement are in the file by then.
  database.pragma('cache_size = 5');
  let row = 0;
  database.function(FUNCTION, (text) => {
    row += 1;
    if (row === ROW) during();
    return String(text).codePointAt(0);
  });
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function watchServer(moment: Moment): void {
  const databases = new WeakMap<object, string>();
  replace(
    Socket.prototype,
    'write',
    (original) =>
      function (this: Socket, ...args: never[]) {
        const work = () => Reflect.apply(original, this, args);
        const [data] = args as readonly unknown[];
        if (!(data instanceof Uint8Array) || data.length < 6) return work();
        const text = Buffer.from(
          data.buffer,
          data.byteOffset,
          Math.min(data.length, 400),
        ).toString();
        const database = /\0database\0([^\0]+)\0/.exec(text)?.[1];
        if (database !== undefined) databases.set(this, database);
        const known = databases.get(this);
        if (known === undefined || !/^[QPd]/.test(text)) return work();
        const kind = /^handrail_(?!test)/.test(known) ? 'the throwaway' : 'the target';
        if (text.startsWith('d')) return moment(`copying to ${kind}`, work);
        const sql = text.slice(text.startsWith('Q') ? 5 : text.indexOf('\0', 5) + 1);
        if (/^\s*(select|set|show|with)\b/i.test(sql)) return work();
        // What was written is on its way: the server works on it.
        return moment(`${statementKind(sql)} of ${kind}`, (during) => {
          if (kind === 'the target' && hasHalfway(sql)) during(carryOutInside);
          return work();
        });
      },
  );
}
