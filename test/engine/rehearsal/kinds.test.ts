/** However a project writes its config, entities and revisions, it can be rehearsed. */

import { expect, test } from 'vitest';
import { kinds, type ProjectKind } from '../../kit/kinds.ts';
import { makeProject } from '../../kit/project.ts';
import { fingerprint } from '../../kit/sqlite.ts';
import { rehearse } from './kit.ts';

test.each(Object.keys(kinds) as ProjectKind[])('%s', async (kind) => {
  using project = makeProject({ kind, applied: 2 });
  const before = fingerprint(project.databasePath);
  const { report, hazards } = await rehearse(project.root, {}, undefined, {
    context: kinds[kind].contexts[0]?.name ?? null,
  });
  expect(hazards).toEqual([]);
  expect(report.verdict).toBe('clean');
  expect(report.revisions.length).toBeGreaterThan(0);
  expect(fingerprint(project.databasePath)).toEqual(before);
});
