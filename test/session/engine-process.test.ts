import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { accepted, openEngine, refused } from '../engine/kit.ts';
import { makeProject } from '../kit/project.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('an engine that lives long keeps none of its answers', async () => {
  using project = makeProject({ applied: 1 });
  await using engine = openEngine(project.root);
  const answers: WeakRef<object>[] = [];
  for (let turn = 0; turn < 5; turn++) {
    answers.push(new WeakRef(accepted(await engine.ask((api) => api.history()))));
  }
  // The last one may still be on the stack.
  await engine.ask((api) => api.lockHeld());
  collectGarbage();
  expect(answers.filter((answer) => answer.deref() !== undefined)).toEqual([]);
});

test('who asks an engine that ends, or has ended, is told so', async () => {
  using project = makeProject({ applied: 1 });
  await using engine = openEngine(project.root);
  accepted(await engine.ask((api) => api.history()));
  const asked = engine.ask((api) => api.history());
  engine.process.kill();
  expect(refused(await asked).code).toBe('engine-died');
  expect(refused(await engine.ask((api) => api.history())).code).toBe('engine-died');
});
