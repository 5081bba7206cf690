/** A repaired text is rehearsed from memory, as the project would load it from its file. */

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { addColumn, createTable } from '../../kit/builders.ts';
import { makeProject } from '../../kit/project.ts';
import { rehearsalOf, rehearse } from './kit.ts';

test('TypeScript that only a loader of the project understands', async () => {
  const rows = `insert into shelf (name) values ('top')`;
  const added = addColumn('width', 'shelf', 'width', 'integer null');
  await using project = makeProject({
    ...rehearsalOf(createTable('shelves', 'shelf'), added, rows),
    kind: 'ts-tsx',
  });
  const [, pending] = project.revisions;
  if (!pending) throw new Error('There is no pending revision.');
  const text = `${readFileSync(pending.path, 'utf8')}\nexport enum Size { Small = 1 }\n`;
  writeFileSync(pending.path, text);
  const repaired = {
    revision: pending.name,
    text: `${text}// changed\n`,
    further: [],
    differs: [],
  };
  const { report } = await rehearse(project.root, { revisions: [pending.name], repaired });
  expect(report.verdict).toBe('clean');
  expect(report.revisions[0]?.downgrade).toBe('ran');
});
