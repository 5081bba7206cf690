import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { ignoreEpipe } from '../../source/cli/readers.ts';

/** The stream's error, as Node tells it. */
function failing(isTTY: boolean, code: string): () => void {
  const stream = Object.assign(new EventEmitter(), { isTTY });
  ignoreEpipe([stream as unknown as NodeJS.WriteStream]);
  return () => stream.emit('error', Object.assign(new Error(`write ${code}`), { code }));
}

test('a reader that stops, and a terminal that is closed, are no errors', () => {
  expect(failing(false, 'EPIPE')).not.toThrow();
  expect(failing(true, 'EPIPE')).not.toThrow();
  expect(failing(true, 'EIO')).not.toThrow();
});

test('a disk that fails, or is full, is one', () => {
  expect(failing(false, 'EIO')).toThrow('EIO');
  expect(failing(false, 'ENOSPC')).toThrow('ENOSPC');
});
