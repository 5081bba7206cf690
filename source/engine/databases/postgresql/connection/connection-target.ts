/** Where a configuration points, as `pg` itself understands it: URLs, environment, defaults. */

import { messageOf } from '../../../../util/error-message.ts';
import type { Configuration } from '../../../project/mikro-orm.ts';
import { Refusal } from '../../../refusal.ts';
import type { Location } from '../../connection.ts';

/** A client of `pg` before it connects. */
interface Client {
  /** A folder, for a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string | undefined;
}

interface Pool {
  readonly options: object;
  readonly Client: new (options: object) => Client;
}

/** Of MikroORM's PostgreSqlConnection: makes a pool, which connects to nothing until it is used. */
interface PoolMaker {
  createKyselyDialect(options: object): unknown;
}

/** @throws Refusal `config-failed` */
export function locate(config: Configuration, root: string): Location {
  const options = driverOptionsOf(config);
  // A pool that the project made keeps to itself where it goes.
  if (!isPlain(options) || 'createDriver' in options) {
    return {
      database: `${config.get('dbName')} (the project’s own connection)`,
      key: `postgresql:${root}#${config.get('contextName')}`,
      exists: null,
      place: { kind: 'server', host: null, port: 0, database: String(config.get('dbName') ?? '') },
    };
  }
  const { host, port, database = '' } = clientOf(config, options);
  return {
    database: `${bracketed(host)}:${port}/${database}`,
    key: `postgresql://${bracketed(sameHost(host))}:${port}/${database}`,
    exists: null,
    place: { kind: 'server', host, port, database },
  };
}

function driverOptionsOf(config: Configuration): unknown {
  const options: unknown = config.get('driverOptions');
  return typeof options === 'function' ? options() : options;
}

function clientOf(config: Configuration, options: object): Client {
  const pools: Pool[] = [];
  try {
    const connection = config.getDriver().getConnection('write') as unknown as PoolMaker;
    connection.createKyselyDialect({ ...options, onPoolCreated: (pool: Pool) => pools.push(pool) });
    const [pool] = pools;
    if (!pool) throw new Error('MikroORM made no pool of connections.');
    return new pool.Client(pool.options);
  } catch (error) {
    throw new Refusal('config-failed', {
      what: 'The connection settings of this configuration can’t be understood.',
      why: messageOf(error),
      next: ['Check clientUrl, host, port, dbName and driverOptions in the MikroORM config.'],
      cause: error,
    });
  }
}

/** As a URL has it: addresses with colons stand in brackets. */
function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/** One name for one host: names have no case, and paths no end. */
function sameHost(host: string): string {
  if (host.startsWith('/')) return host.replace(/(?<=.)\/+$/, '');
  const name = host.toLowerCase();
  return LOOPBACK.has(name) ? 'localhost' : name;
}

/** Options, in contrast to a dialect or a client that a project made. */
export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
