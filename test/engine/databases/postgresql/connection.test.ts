/** Every way to reach a server that a MikroORM config has, and what is said where it does not work. */

import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Server as SocketServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../../kit/environment.ts';
import { repositoryRoot } from '../../../kit/handrail.ts';
import { kinds } from '../../../kit/kinds.ts';
import { Database, ServerProject } from '../../../kit/postgresql.ts';
import { Server } from '../../../kit/postgresql-server.ts';
import { runProgram } from '../../../kit/program.ts';
import { accepted, openEngine, planAndRun, refused } from '../../kit.ts';

/** Everything that a URL has to encode. */
const PASSWORD = 'h/unter 2@:%#?';

let server: Server;
let database: Database;
let project: ServerProject;
/** Parts of a URL to the database, for a user who needs a password. */
let at: { readonly host: string; readonly port: number; readonly dbName: string };
let sockets: Sockets;

beforeAll(async () => {
  server = await Server.make();
  database = await Database.make(server.url);
  project = await ServerProject.make({ applied: 2 }, database);
  const { hostname, port } = new URL(database.url);
  at = { host: hostname, port: Number(port), dbName: database.name };
  await database.change(`create role keeper superuser login password '${PASSWORD}';
    create role crowded login password '${PASSWORD}' connection limit 0;
    create role sealed superuser login password '${PASSWORD}'`);
  sockets = await Sockets.open(at.port);
});
afterAll(async () => {
  await sockets?.[Symbol.asyncDispose]();
  project?.cleanup();
  await server?.[Symbol.asyncDispose]();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The project with other settings. */
function connecting(connect: string, config = ''): void {
  const settings = { driver: 'postgresql', connect, config } as const;
  for (const [path, text] of Object.entries(kinds.js.files(settings))) project.write(path, text);
}

async function history() {
  await using engine = openEngine(project.root);
  return accepted(await engine.ask((api) => api.history()));
}

async function problem() {
  await using engine = openEngine(project.root);
  return refused(await engine.ask((api) => api.history()));
}

const code = (value: unknown) => JSON.stringify(value);
const urlOf = (user: string, { host = at.host, path = `/${at.dbName}`, query = '' } = {}) =>
  `postgresql://${user}:${encodeURIComponent(PASSWORD)}@${host}:${at.port}${path}${query}`;
const parts = (more: object) => {
  const options = { ...at, user: 'keeper', password: PASSWORD, ...more };
  return Object.entries(options)
    .map(([name, value]) => `${name}: ${code(value)}`)
    .join(', ');
};

/** A dialect of Kysely that the project made, which keeps to itself where it goes. */
const ownDialect = ({ name }: Database) => `dbName: ${code(name)},
  driverOptions: new (await import('kysely')).PostgresDialect({
    pool: new (await import('pg')).default.Pool({
      connectionString: ${code(urlOf('keeper', { path: `/${name}` }))} }) })`;

describe('a database is reached by', () => {
  test.each<[string, () => string]>([
    ['a URL with a password to decode', () => `clientUrl: ${code(urlOf('keeper'))}`],
    [
      'a URL, and a name apart',
      () => `clientUrl: ${code(urlOf('keeper', { path: '' }))}, dbName: ${code(at.dbName)}`,
    ],
    ['host, port, user, password and name', () => parts({})],
    [
      'a password that is asked for',
      () => `${parts({ password: undefined })}, password: async () => ${code(PASSWORD)}`,
    ],
    ['a socket’s folder', () => parts({ host: sockets.folder })],
    [
      'a URL with a socket’s folder',
      () => `clientUrl: ${code(urlOf('keeper', { host: encodeURIComponent(sockets.folder) }))}`,
    ],
    [
      'options of the driver, which go before others',
      () => `dbName: 'other', driverOptions: { connectionString: ${code(urlOf('keeper'))} }`,
    ],
    [
      'options of the driver that are made late',
      () =>
        `dbName: 'other', driverOptions: () => ({ connectionString: ${code(urlOf('keeper'))} })`,
    ],
    ['a dialect of Kysely', () => ownDialect(database)],
    ['a pool of a few connections', () => `${parts({})}, pool: { min: 0, max: 2 }`],
  ])('%s', async (_how, connect) => {
    connecting(connect());
    const found = await history();
    expect(found.counts).toEqual({ applied: 2, pending: 2, missing: 0 });
    expect(JSON.stringify(found)).not.toContain('unter');
  });

  test('variables of the environment', async () => {
    for (const [name, value] of Object.entries({
      HOST: at.host,
      PORT: at.port,
      DB_NAME: at.dbName,
    })) {
      vi.stubEnv(`MIKRO_ORM_${name}`, String(value));
    }
    vi.stubEnv('MIKRO_ORM_USER', 'keeper');
    vi.stubEnv('MIKRO_ORM_PASSWORD', PASSWORD);
    connecting('debug: false');
    const { counts, target } = await history();
    expect(counts).toMatchObject({ applied: 2 });
    expect(target.database).toBe(`${at.host}:${at.port}/${at.dbName}`);
  });
});

describe('each connection is told', () => {
  test.each([
    ['of MikroORM', () => parts({})],
    ['of a dialect that the project made', () => ownDialect(database)],
  ])('not to write while looking, %s', async (_whose, connect) => {
    connecting(connect());
    const script = `
      import { connectReadOnly, openProject } from '${repositoryRoot}source/engine/project/project.ts';
      const options = { root: process.cwd(), config: null, context: null, access: 'look', entities: true, schema: null, schemas: null, protected: [], timeouts: { lock: 5_000, statement: 0 } };
      const { connection, orm, dialect } = await openProject(options).then(async (opened) => {
        await connectReadOnly(opened);
        return opened;
      });
      const all = await Promise.allSettled(
        [1, 2, 3].map((n) => connection.execute('create table "new' + n + '" as select pg_sleep(0.2)')),
      );
      for (const { status, reason } of all) console.log(status, reason?.message);
      await orm.close(true);`;
    const { stdout, stderr } = await runProgram(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
      { cwd: project.root },
    );
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n')).toEqual(
      Array(3).fill(expect.stringMatching(/^rejected .*in a read-only transaction/)),
    );
  });

  test('what the config has to say, unless it writes and only looking is meant', async () => {
    const hook = (sql: string) =>
      `onCreateConnection: (connection) => connection.executeQuery({ sql: '${sql}', parameters: [] })`;
    connecting(parts({}), hook('create table made_by_hook ()'));
    expect((await history()).counts).toMatchObject({ applied: 2 });
    expect(await database.tables()).not.toContain('made_by_hook');
    connecting(parts({}), hook('select no_such_function()'));
    expect((await problem()).why).toContain('no_such_function');
  });

  test('its name, also in a dialect that the project made, so that a killed run is found', async () => {
    await using other = await Database.make(server.url);
    using mine = await ServerProject.make(
      {
        connect: ownDialect(other),
        revisions: [
          {
            label: 'name',
            up: [`create table "told" as select current_setting('application_name') as "name";`],
          },
        ],
      },
      other,
    );
    const { result } = await planAndRun(mine.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({ outcome: 'done' });
    expect(await other.query('select name from told')).toEqual([
      { name: expect.stringMatching(/^handrail \d+ /) },
    ]);
  });
});

describe('a schema of its own', () => {
  test.each([
    ['of the config', '', 'public'],
    ['of the search path, too', `driverOptions: { options: '-c search_path=library' }`, 'library'],
    [
      'that a hook sets, too',
      `onCreateConnection: (c) => c.executeQuery({ sql: 'set search_path = library', parameters: [] })`,
      'library',
    ],
  ])('%s', async (_how, config, schema) => {
    await using other = await Database.make(server.url);
    const options = { config: `schema: 'library', ${config}`, content: 'create schema library' };
    using mine = await ServerProject.make(options, other);
    const { result } = await planAndRun(mine.root, 'up', { kind: 'head' });
    expect(result).toMatchObject({ outcome: 'done', failure: null, history: { upToDate: true } });
    expect(result.history?.table).toBe('library.mikro_orm_migrations');
    expect(
      await other.query(
        `select tablename as name, schemaname as schema from pg_tables
          where schemaname in ('public', 'library') order by 1`,
      ),
    ).toEqual([
      { name: 'author', schema },
      { name: 'book', schema },
      { name: 'mikro_orm_migrations', schema: 'library' },
    ]);
  });
});

describe('a database that can’t be reached', () => {
  test.each<[string, () => string, why: RegExp, next: RegExp]>([
    ['nobody listens', () => parts({ port: 1 }), /ECONNREFUSED/, /that the server runs/],
    [
      'nobody listens, at any address of the host',
      () => parts({ host: 'localhost', port: 1 }),
      /ECONNREFUSED/,
      /that the server runs/,
    ],
    ['no such socket', () => parts({ host: '/nowhere' }), /ENOENT/, /its socket is in the folder/],
    [
      'no such host',
      () => parts({ host: 'no.invalid' }),
      /no\.invalid/,
      /name of the host|reached/,
    ],
    [
      'a wrong password',
      () => parts({ password: 'wrong-hunter' }),
      /password authentication failed/,
      /user and password/,
    ],
    ['no such user', () => parts({ user: 'nobody' }), /authentication failed/, /user and password/],
    [
      'too many sessions',
      () => parts({ user: 'crowded' }),
      /too many connections/,
      /other sessions have ended/,
    ],
    [
      'encryption that the server does not have',
      () => `${parts({})}, driverOptions: { ssl: true }`,
      /does not support SSL/,
      /Leave out ssl/,
    ],
  ])('%s: said with what to do, and without the password', async (_what, connect, why, next) => {
    connecting(connect());
    const told = await problem();
    expect(told.code).toBe('database-unreachable');
    expect(told.what).toMatch(/^The database \S+\/\S+ could not be read\.$/);
    expect(told.why).toMatch(why);
    expect(told.next.join()).toMatch(next);
    expect(JSON.stringify(told)).not.toContain('unter');
  });
});

describe('an encrypted connection', () => {
  beforeAll(async () => {
    const [row] = await database.query<{ folder: string; rules: string }>(
      `select current_setting('data_directory') as folder, current_setting('hba_file') as rules`,
    );
    const { folder = '', rules = '' } = row ?? {};
    certify(folder);
    // The first rule that fits is the one that counts.
    writeFileSync(rules, `hostnossl all sealed all reject\n${readFileSync(rules, 'utf8')}`);
    await database.change('alter system set ssl = on');
    await database.change('select pg_reload_conf()');
    await database.first(`select where current_setting('ssl') = 'on'`);
  });

  test('is made where the config asks for it', async () => {
    connecting(
      `${parts({ user: 'sealed' })}, driverOptions: { ssl: { rejectUnauthorized: false } }`,
    );
    expect((await history()).counts).toMatchObject({ applied: 2 });
  });

  test('is missed where the server wants one', async () => {
    connecting(parts({ user: 'sealed' }));
    const { why, next } = await problem();
    expect(why).toContain('no encryption');
    expect(next.join()).toContain('ssl: true');
  });

  test('is refused with a certificate that nobody vouches for', async () => {
    connecting(`${parts({ user: 'sealed' })}, driverOptions: { ssl: true }`);
    const { why, next } = await problem();
    expect(why).toContain('self-signed certificate');
    expect(next.join()).toContain('ssl: { ca }');
  });
});

/** A certificate where the server looks for one, and may read it. */
function certify(folder: string): void {
  const paths = ['server.key', 'server.crt'].map((name) => join(folder, name));
  const [key = '', certificate = ''] = paths;
  const subject = ['-subj', '/CN=127.0.0.1', '-days', '2'];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      ...subject,
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { stdio: 'ignore' },
  );
  const { uid, gid } = statSync(folder);
  for (const path of paths) chownSync(path, uid, gid);
}

/** A Unix socket that leads to the server, which listens on none. */
class Sockets implements AsyncDisposable {
  readonly folder: string;
  readonly #temporary: TemporaryFolder;
  readonly #server: SocketServer;

  private constructor(temporary: TemporaryFolder, server: SocketServer) {
    this.#temporary = temporary;
    this.#server = server;
    this.folder = temporary.path;
  }

  static async open(port: number): Promise<Sockets> {
    const temporary = temporaryFolder('socket');
    const server = createServer((local) => {
      const remote = connectTo(port, '127.0.0.1');
      for (const each of [local, remote]) each.on('error', () => {});
      local.pipe(remote).pipe(local);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(join(temporary.path, `.s.PGSQL.${port}`), resolve);
    await promise;
    return new Sockets(temporary, server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    this.#temporary.remove();
  }
}
