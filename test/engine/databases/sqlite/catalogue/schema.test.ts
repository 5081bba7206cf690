/** The schema of a SQLite database as texts that are compared, and shown to people. */

import { expect, it } from 'vitest';
import { canonical } from '../../../../../source/engine/databases/sqlite/catalogue/schema.ts';

it('reads as it was written', () => {
  expect(
    canonical(
      'CREATE TRIGGER touch AFTER UPDATE OF `order` ON user BEGIN UPDATE team SET name = "name" WHERE id=new.team_id; END',
    ),
  ).toBe(
    'create trigger touch after update of order on user begin update team set name = name where id = new . team_id end',
  );
});

it.each([
  ['create view v as select a, b from t', 'create view v as select a b from t'],
  ['create view v as select a.b from t', 'create view v as select a b from t'],
])('is not the same for %s and %s', (one, other) => {
  expect(canonical(one)).not.toBe(canonical(other));
});
