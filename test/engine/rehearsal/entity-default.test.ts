/** A value that rows have to get is proposed as the entity says it, and never made up. */

import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { expect, test } from 'vitest';
import { entityDefault } from '../../../source/engine/rehearsal/entity-default.ts';

const Note = defineEntity({
  name: 'Note',
  tableName: 'note',
  properties: {
    id: p.integer().primary(),
    level: p.string().default('info'),
    sortOrder: p.integer().default(7),
    writtenAt: p.datetime().defaultRaw('current_timestamp'),
    text: p.string(),
    shown: p.string().persist(false).default('no'),
  },
});

test.each([
  ['level', `'info'`],
  ['sort_order', '7'],
  ['written_at', 'current_timestamp'],
  ['text', null],
  ['shown', null],
  ['nothing', null],
])('%s: %s', async (column, proposed) => {
  const orm = await MikroORM.init({ entities: [Note], dbName: ':memory:' });
  expect(entityDefault(orm, 'note', column)).toBe(proposed);
  expect(entityDefault(orm, 'other', column)).toBeNull();
  await orm.close(true);
});
