import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Edit } from '../../../source/engine/databases/analysis.ts';
import {
  droppedForGood,
  keptColumns,
  rewriteRevision,
} from '../../../source/engine/revision-source/rewrite.ts';

const draft = `import { Migration } from '@mikro-orm/migrations';

export class Migration1 extends Migration {

  override name = 'Migration1';

  override up(): void | Promise<void> {
    // the table has to be rebuilt
    this.addSql(\`pragma foreign_keys = off;\`);
    this.addSql(\`drop table \\\`shelf\\\`;\`);
    this.addSql('select 1');
  }

  override down(): void | Promise<void> {
    this.addSql(\`drop table \\\`shelf\\\`;\`);
  }

}
`;
const statements = {
  up: ['pragma foreign_keys = off;', 'drop table `shelf`;', 'select 1'],
  down: ['drop table `shelf`;'],
};
const edit = (more: Partial<Edit>): Edit => ({
  direction: 'up',
  at: 1,
  place: 'before',
  statements: ['select 2'],
  ...more,
});

describe('a rewritten revision', () => {
  test('has statements before and after one, and is otherwise the same', () => {
    const text = rewriteRevision(draft, statements, [
      edit({ statements: ['create table "a" as select 1', "delete from 'b'"] }),
      edit({ place: 'after', statements: ['select 3'] }),
    ]);
    expect(text).toBe(
      draft.replace(
        "    this.addSql(`drop table \\`shelf\\`;`);\n    this.addSql('select 1');",
        [
          '    this.addSql(`create table "a" as select 1`);',
          "    this.addSql(`delete from 'b'`);",
          '    this.addSql(`drop table \\`shelf\\`;`);',
          '    this.addSql(`select 3`);',
          "    this.addSql('select 1');",
        ].join('\n'),
      ),
    );
  });

  test('has another statement in place of one, or none', () => {
    const text = rewriteRevision(draft, statements, [
      edit({ at: 2, place: 'instead', statements: ["select 'x'"] }),
      edit({ at: 0, place: 'instead', statements: [] }),
    ]);
    expect(text).toContain(`    this.addSql("select 'x'");\n  }`);
    expect(text).not.toContain('pragma');
    expect(text).toContain('// the table has to be rebuilt\n    this.addSql(`drop');
  });

  test('is changed in the direction that is meant only', () => {
    const text = rewriteRevision(draft, statements, [edit({ direction: 'down', at: 0 })]) ?? '';
    expect(text.split('select 2')).toHaveLength(2);
    expect(text.indexOf('select 2')).toBeGreaterThan(text.indexOf('down()'));
  });

  test('keeps the line ends of Windows', () => {
    const windows = draft.replaceAll('\n', '\r\n');
    const text = rewriteRevision(windows, statements, [edit({})]) ?? '';
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  test('may be CommonJS, and may execute its statements at once', () => {
    const source = `class A extends Migration {
  async up() {
    await this.execute("drop table shelf");
  }
}
exports.A = A;
`;
    const text = rewriteRevision(source, { up: ['drop table shelf'], down: [] }, [edit({ at: 0 })]);
    expect(text).toContain('    await this.execute("select 2");\n    await this.execute("drop');
  });

  test('finds the same statement twice by its place', () => {
    const source = draft.replace(
      "this.addSql('select 1');",
      "this.addSql('select 1');\n    this.addSql('select 1');",
    );
    const twice = { ...statements, up: [...statements.up, 'select 1'] };
    const text = rewriteRevision(source, twice, [edit({ at: 3 })]) ?? '';
    expect(text).toMatch(
      /select 1'\);\n {4}this\.addSql\('select 2'\);\n {4}this\.addSql\('select 1'/,
    );
  });
});

describe('what is not certain is left to a person', () => {
  const cases: Readonly<Record<string, string>> = {
    'a loop': `export class A { up() { for (const t of ['a']) this.addSql('select 1'); } }`,
    'a condition': `export class A { up() { if (x) { this.addSql('select 1'); } } }`,
    'a computed text': `export class A { up() { this.addSql(\`select \${1}\`); } }`,
    'another function': `const go = (m) => m.addSql('select 1'); export class A { up() { go(this); } }`,
    parameters: `export class A { up() { this.execute('select 1', [1]); } }`,
    'code that can’t be read': 'export class A { up( {',
    'no such method': 'export class A {}',
  };
  test.each(Object.entries(cases))('%s', (_, source) => {
    const sent = { up: ['select 1'], down: [] };
    expect(rewriteRevision(source, sent, [edit({ at: 0 })])).toBeNull();
  });

  test('a statement that code sends as well', () => {
    const twice = { ...statements, up: [...statements.up, 'select 1'] };
    expect(rewriteRevision(draft, twice, [edit({ at: 2 })])).toBeNull();
  });
});

/** What the class of a text sends, run for real. */
function sentBy(source: string): string[] {
  const sent: string[] = [];
  class Base {
    addSql(sql: string): void {
      sent.push(sql);
    }
  }
  const make = new Function('Migration', `${source.replace('export class', 'return class')}`);
  const made = new (make(Base))() as { up(): void };
  made.up();
  return sent;
}

test('any text is sent exactly as it was asked for', () => {
  const sql = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }),
    fc.string({
      unit: fc.constantFrom('`', '\\', "'", '"', '${', '}', '\n', '\r', 'a', ';', '\u2028'),
      minLength: 1,
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom("'", '"', '`'),
      fc.array(sql, { minLength: 1, maxLength: 3 }),
      (quote, inserted) => {
        const source = `export class A extends Migration {\n  up() {\n    this.addSql(${quote}drop table a${quote});\n  }\n}\n`;
        const text = rewriteRevision(source, { up: ['drop table a'], down: [] }, [
          edit({ at: 0, statements: inserted }),
        ]);
        expect(text).not.toBeNull();
        expect(sentBy(text ?? '')).toEqual([...inserted, 'drop table a']);
      },
    ),
    { seed: 20_261_124, numRuns: 300 },
  );
});

describe('columns to keep', () => {
  test('are named in comments, with or without a reason', () => {
    const source = `
      // handrail: keep jar.weight because the application writes it
      /* handrail: keep "shelf"."the label", \`a\`.\`b\` -- for now */
      export class A { up() { /* nothing to keep here */ } }
    `;
    expect(keptColumns(source)).toEqual([
      { table: 'jar', column: 'weight' },
      { table: 'shelf', column: 'the label' },
      { table: 'a', column: 'b' },
    ]);
  });

  test('are none in a text without such comments, or in a string', () => {
    expect(keptColumns(`export class A { x = '// handrail: keep a.b'; }`)).toEqual([]);
  });
});

test('what goes for good is declared by its name, a table or a column', () => {
  const source = `
    // handrail: drop jar.note, "hall"."shelf".label because nobody reads them
    // handrail: keep jar.weight
    /* handrail: drop lid */`;
  expect(droppedForGood(source)).toEqual(['jar.note', 'hall.shelf.label', 'lid']);
});
