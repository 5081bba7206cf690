/** Opens a file in the person's own editor, which has the terminal meanwhile. */

import { readFileSync } from 'node:fs';
import { getEditor } from 'env-editor';
import { execa } from 'execa';

/** How the editor ended: null if all went well, else one sentence. */
export type EditorProblem = string | null;

/** What is run for `$VISUAL` or `$EDITOR`; exported for its test. */
export interface EditorCommand {
  /** As the person has it, with arguments and quotes: for a shell. */
  readonly text: string;
  readonly args: readonly string[];
}

/**
 * Runs the editor until it ends. The terminal must be free.
 *
 * @param line where to begin; null is the body of `up()`
 */
export async function editFile(
  path: string,
  root: string,
  line: number | null,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<EditorProblem> {
  const { text, args } = editorCommand(environment, path, line ?? lineOfUp(path));
  // Arguments and quoted paths in the variable are the shell's to read, as git has it.
  const [command, given] =
    process.platform === 'win32'
      ? [text, args]
      : ['/bin/sh', ['-c', `${text} "$@"`, text, ...args]];
  const { failed, exitCode, signal, originalMessage } = await execa(command, given, {
    cwd: root,
    stdio: 'inherit',
    reject: false,
  });
  if (!failed) return null;
  if (exitCode === 127 || exitCode === undefined) {
    const why = signal ? `it was ended by ${signal}` : (originalMessage ?? 'it was not found');
    return `The editor “${text}” could not be run: ${exitCode === 127 ? 'it was not found' : why}. Set VISUAL or EDITOR.`;
  }
  return `The editor “${text}” ended with status ${exitCode}.`;
}

export function editorCommand(
  environment: NodeJS.ProcessEnv,
  path: string,
  line: number,
): EditorCommand {
  const fallback = process.platform === 'win32' ? 'notepad' : 'vi';
  const text = [environment.VISUAL, environment.EDITOR].find((each) => each?.trim()) ?? fallback;
  const [, ...words] = /^\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(text) ?? [];
  const program = words.find((word) => word !== undefined) ?? fallback;
  const { id } = getEditor(program);
  const wait = /(^|\s)(--wait|-w)(\s|$)/.test(text) ? [] : ['--wait'];
  switch (id) {
    case 'vscode':
    case 'vscode-insiders':
    case 'vscodium':
      return { text, args: [...wait, '--goto', `${path}:${line}`] };
    case 'sublime':
    case 'zed':
      return { text, args: [...wait, `${path}:${line}`] };
    case 'webstorm':
    case 'intellij':
      return { text, args: [...wait, '--line', String(line), path] };
    default:
      return { text, args: TAKES_LINE.test(program) ? [`+${line}`, path] : [path] };
  }
}

const TAKES_LINE =
  /(^|[\\/])(vi|vim|nvim|view|nano|pico|emacs|emacsclient|micro|joe|jed|kak)(\.exe)?$/;

/** Where `up()` begins, which is what people come for; 1 if it can't be found. */
function lineOfUp(path: string): number {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    const index = lines.findIndex((line) => /^\s*(?:[a-z]+\s+)*up\s*\(/.test(line));
    return index < 0 ? 1 : Math.min(index + 2, lines.length);
  } catch {
    return 1;
  }
}
