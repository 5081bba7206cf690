/**
 * Takes the picture of the README from the built program: `node scripts/picture.ts [file]`.
 *
 * It is a real run of `handrail demo` in a pseudo-terminal, brought to a good state by keys.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { openHandrail, repositoryRoot } from '../test/kit/handrail.ts';
import type { Terminal } from '../test/kit/terminal.ts';

/** Wait until something is on the screen, press keys, or type a text. */
type Step =
  | { readonly see: string | RegExp }
  | { readonly gone: string | RegExp }
  | { readonly press: readonly string[] }
  | { readonly type: string };

const size = { columns: 120, rows: 36 };
const title = 'handrail demo';

/** What to do before the picture is taken. */
const steps: readonly Step[] = [
  { see: '8 pending' },
  // Up to the rename, the fourth of the pending ones.
  { press: ['j', 'j', 'j', 'j', 'U'] },
  { see: 'Enter runs it' },
  { press: ['enter'] },
  { see: 'Upgrade done' },
  // Back to the SQL of what was just applied.
  { press: ['esc'] },
  { see: '4 pending' },
];

/** A screen that says nothing for this long is taken as finished, in milliseconds. */
const settled = 500;

async function perform(terminal: Terminal, step: Step): Promise<void> {
  if ('see' in step) await terminal.waitFor(step.see, { timeout: 30_000 });
  else if ('gone' in step) await terminal.waitUntilGone(step.gone, { timeout: 30_000 });
  else if ('press' in step) await terminal.press(...step.press);
  else await terminal.type(step.type);
}

const target = process.argv[2] ?? join(repositoryRoot, 'docs', 'picture.svg');
await using terminal = openHandrail(['demo'], size);
for (const step of steps) await perform(terminal, step);
await terminal.waitUntilQuiet(settled, { timeout: 30_000 });
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, terminal.snapshotSvg({ title }));
console.log(`${relative(process.cwd(), target)} is the picture of:\n\n${terminal.text()}`);
