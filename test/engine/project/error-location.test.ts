import { describe, expect, test } from 'vitest';
import { placed, placeOf } from '../../../source/engine/project/error-location.ts';

function errorWith(stack: string, message = 'Expression expected'): Error {
  return Object.assign(new SyntaxError(message), { stack });
}

describe('the place of an error', () => {
  test('is the line that a syntax error names before its text', () => {
    const stack =
      'file:///srv/shop/entities/my%20book.ts:6\noops(\n\nSyntaxError: Expression expected\n    at parse (node:internal/modules:72:36)';
    expect(placeOf(errorWith(stack), '/srv/shop')).toBe('entities/my book.ts:6');
    expect(placed('Expression expected', errorWith(stack), '/srv/shop')).toBe(
      'entities/my book.ts:6: Expression expected',
    );
  });

  test('is the first frame in the project’s own files', () => {
    const stack = [
      'TypeError: x is not a function',
      '    at check (node:internal/modules/run:1:1)',
      '    at define (file:///srv/shop/node_modules/@mikro-orm/core/define.js:3:9)',
      '    at new Book (file:///srv/shop/entities/book.ts:12:7)',
      '    at async file:///srv/shop/mikro-orm.config.ts:4:1',
    ].join('\n');
    expect(placeOf(errorWith(stack), '/srv/shop')).toBe('entities/book.ts:12');
    expect(placeOf(errorWith(stack), '/srv/other')).toBeNull();
    const caused = Object.assign(new Error('it failed'), { stack: '', cause: errorWith(stack) });
    expect(placeOf(caused, '/srv/shop')).toBe('entities/book.ts:12');
  });

  test('is not said twice, and not made up', () => {
    const stack = 'Error: x\n    at /srv/shop/a.ts:1:2';
    expect(placed('a.ts:1: Expected ";"', errorWith(stack), '/srv/shop')).toBe(
      'a.ts:1: Expected ";"',
    );
    expect(placed('no', 'only a text', '/srv/shop')).toBe('no');
    expect(placeOf(errorWith('Error: x\n    at file://%zz/a.ts:1:2'), '/srv/shop')).toBeNull();
  });
});
