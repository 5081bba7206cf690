import { describe, expect, test } from 'vitest';
import { sqlite } from '../../../source/engine/databases/sqlite/index.ts';
import { laidOut } from '../../../source/engine/draft/sql-layout.ts';

const columns = Array.from({ length: 20 }, (_, at) => `\`column_${at}\``).join(', ');

describe('laying out statements of a draft', () => {
  test('breaks long ones up, and changes nothing else', () => {
    const sql = `insert into \`b\` select ${columns}, 'two  words' from \`a\`;`;
    const text = laidOut(sql, sqlite);
    expect(text.split('\n').length).toBeGreaterThan(3);
    expect(text.split('\n').slice(1)).toSatisfy((rows: string[]) =>
      rows.every((row) => row.startsWith('      ')),
    );
    expect(text).toContain("'two  words'");
    expect(text.replaceAll(/\s+/g, '')).toBe(sql.replaceAll(/\s+/g, ''));
  });

  test('leaves short ones, those of the author, and what it does not understand', () => {
    const short = 'update `a` set `b` = 1;';
    expect(laidOut(short, sqlite)).toBe(short);
    const own = `select\n${columns} from a`;
    expect(laidOut(own, sqlite)).toBe(own);
    const odd = `select ${columns}, } from a`;
    expect(laidOut(odd, sqlite)).toBe(odd);
  });

  test('leaves definitions, whose text SQLite keeps and MikroORM reads back', () => {
    const sql = `create table \`a\` (${columns.replaceAll('`,', '` text,')} text);`;
    expect(laidOut(sql, sqlite)).toBe(sql);
    const alter = `alter table \`a\` add column \`b\` text check (\`b\` in (${columns}));`;
    expect(laidOut(alter, sqlite)).toBe(alter);
  });
});
