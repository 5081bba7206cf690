import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../kit/environment.ts';
import { runProgram } from '../../kit/program.ts';

test('processes that take and release the lock all the time get it or not, and never an error', async () => {
  const folder = temporaryFolder('lock');
  try {
    const contender = fileURLToPath(new URL('contender.ts', import.meta.url));
    const results = await Promise.all(
      [1, 2, 3, 4].map(() =>
        runProgram(process.execPath, [contender, join(folder.path, 'any.db'), '300']),
      ),
    );
    const answers = results.map(({ stdout, stderr }) => {
      if (!stdout) throw new Error(stderr);
      return JSON.parse(stdout) as { readonly taken: number; readonly errors: string[] };
    });
    expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
    expect(answers.every(({ taken }) => taken > 0)).toBe(true);
  } finally {
    folder.remove();
  }
});
