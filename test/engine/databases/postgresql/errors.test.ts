import { PostgreSqlPlatform } from '@mikro-orm/postgresql';
import { expect, test } from 'vitest';
import { postgresql } from '../../../../source/engine/databases/postgresql/index.ts';

test('detail and hint of an error stand beside its message, and not in it', () => {
  const parts = { code: '23505', detail: 'Key (a)=(1) is duplicated.', hint: 'Look at it.' };
  const thrown = Object.assign(new Error('could not create unique index'), parts);
  const converted = new PostgreSqlPlatform()
    .getExceptionConverter()
    .convertException(thrown as never);
  expect(postgresql.describeError(converted)).toMatchObject({
    message: 'could not create unique index',
    ...parts,
  });
});
