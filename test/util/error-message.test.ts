import { expect, test } from 'vitest';
import { messageOf } from '../../source/util/error-message.ts';

test.each<[unknown, string]>([
  [new Error('it broke'), 'it broke'],
  [new TypeError(), 'TypeError'],
  ['it broke', 'it broke'],
  [
    new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('and 127.0.0.1')]),
    'connect ECONNREFUSED ::1; and 127.0.0.1',
  ],
  [{ a: 1n }, 'a value that cannot be shown was thrown'],
])('whatever was thrown has words: %s', (thrown, words) => {
  expect(messageOf(thrown)).toBe(words);
});
