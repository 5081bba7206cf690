/** A session as the commands open it. */

import { readSettings, type Settings } from '../../source/project/project.ts';
import { openSession, type Session } from '../../source/session/session.ts';

export async function sessionOn(
  root: string,
  options: { readonly schema?: string } = {},
): Promise<Session> {
  const settings = await readSettings(root);
  if (!settings.ok) throw new Error(settings.problem.what);
  return openSession({
    root,
    config: null,
    context: null,
    settings: settings.value satisfies Settings,
    schema: options.schema ?? null,
    watch: false,
    inspect: 'never',
  });
}
