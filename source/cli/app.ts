/** Opens the terminal app on a project. */

import { findRoot, projectName, readSettings } from '../project/project.ts';
import { openSession } from '../session/session.ts';
import { describeCode, rememberCode, unknownCode } from '../session/trust.ts';
import { stayLean } from '../util/memory.ts';
import { refusedBy } from './confirm.ts';
import { type CommonOptions, createOutput, refuse } from './context.ts';

/** The exit status when the person quits. */
export async function openApp(options: CommonOptions): Promise<number> {
  stayLean();
  const root = findRoot(options.project ?? process.cwd());
  const code = options.ownCode ? null : unknownCode(options, root);
  if (code) {
    const output = createOutput(options);
    const refused = await refusedBy(false, output, {
      text: `${describeCode(code)}\nOpen it?`,
      undone: 'Nothing was loaded',
      subject: 'it',
      next: 'Open it in a terminal.',
      document: {},
    });
    if (refused !== null) return refused;
    rememberCode(code);
  }
  // Settings may be code, too.
  const settings = await readSettings(root);
  if (!settings.ok) return refuse(createOutput(options), settings.problem);
  // Opened first: the engine loads the project while the UI's code is read.
  const session = openSession({
    root,
    config: options.config ?? null,
    context: options.context ?? null,
    settings: settings.value,
    schema: null,
    watch: true,
    inspect: 'background',
  });
  // Chalk, which colours what Ink draws, knows only its own variable (https://no-color.org).
  if (process.env.NO_COLOR) process.env.FORCE_COLOR = '0';
  const { openUi } = await import('../tui/main.tsx');
  return openUi({ session, project: { name: projectName(root), root } });
}
