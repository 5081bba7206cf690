/** `handrail demo`: the app on a sample project that is made for it, and removed afterwards. */

import { resolve } from 'node:path';
import type { Reply } from '../contract/problem.ts';
import type { Demo } from '../demo/demo.ts';
import { printable } from '../text/print.ts';
import { knowSecrets, redact, secretsIn } from '../text/redact.ts';
import { openApp } from './app.ts';
import { type CommonOptions, createOutput, refuse } from './context.ts';
import { status } from './status.ts';

export interface DemoOptions extends CommonOptions {
  readonly keep?: boolean;
  readonly url?: string;
}

/** Without a terminal, where the sample project stands. */
export async function openDemo(
  database: 'sqlite' | 'postgresql',
  options: DemoOptions,
): Promise<number> {
  const output = createOutput(options);
  knowSecrets(secretsIn(options.url));
  const made = await makeDemo(database, options);
  if (!made.ok) return refuse(output, made.problem);
  const demo = made.value;
  const project = { ...options, project: demo.root, ownCode: true };
  Object.assign(process.env, demo.environment);
  try {
    const interactive = !options.json && process.stdin.isTTY && process.stdout.isTTY;
    return await (interactive ? openApp(project) : status({ ...project, schema: [] }));
  } finally {
    await demo
      .remove()
      .catch((error) => output.note(redact(`Something of the demo is left: ${error}`)));
    if (options.keep) output.note(demo.kept);
  }
}

async function makeDemo(
  database: 'sqlite' | 'postgresql',
  { keep = false, url, project = process.cwd() }: DemoOptions,
): Promise<Reply<Demo>> {
  if (database === 'sqlite') {
    const { makeSqliteDemo } = await import('../demo/sqlite.ts');
    return { ok: true, value: makeSqliteDemo(keep) };
  }
  const { makePostgresDemo } = await import('../demo/postgresql.ts');
  const line = passingLine();
  try {
    const from = [resolve(project), import.meta.url];
    return await makePostgresDemo({ url: url ?? null, keep, from, progress: line.show });
  } finally {
    line.clear();
  }
}

/** One line on a terminal that says what goes on, and leaves no trace. */
function passingLine() {
  const write = (text: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${printable(text)}`);
  };
  return { show: write, clear: () => write('') };
}
