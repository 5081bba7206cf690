import { describe, expect, test } from 'vitest';
import { reportedRepair } from '../../../source/engine/rehearsal/repair.ts';

const up = ['create index "i" on "t" ("a")', 'update "t" set "a" = 1'];
const statements = { up, down: ['drop index "i"'] };
const edits = [{ direction: 'up', at: 0, place: 'instead', statements: [] }] as const;
const further = [
  {
    label: 'i concurrently',
    up: ['create index concurrently "i" on "t" ("a")'],
    down: ['drop index concurrently "i"'],
    alone: true,
  },
];

const typescript = `import { Migration } from '@mikro-orm/migrations';

/** Makes lists quick. */
export class Migration20260101000000_lists extends Migration {

  override name = 'Migration20260101000000_lists';

  override up(): void | Promise<void> {
    this.addSql(\`create index "i" on "t" ("a");\`);
    this.addSql(\`update "t" set "a" = 1;\`);
  }

  override down(): void | Promise<void> {
    this.addSql(\`drop index "i";\`);
  }

}
`;

const javascript = `'use strict';
const { Migration } = require('@mikro-orm/migrations');

class Lists extends Migration {
    async up() {
        await this.execute('create index "i" on "t" ("a")');
        await this.execute('update "t" set "a" = 1');
    }
    async down() {
        await this.execute('drop index "i"');
    }
}
exports.Lists = Lists;
`;

describe('a revision beside the one that is repaired', () => {
  test('in TypeScript, as MikroORM writes it', () => {
    const revision = { file: 'migrations/Migration20260101000000_lists.ts', source: typescript };
    const repair = reportedRepair(
      '',
      { title: '', caution: '', edits, further },
      statements,
      revision,
    );
    expect(repair.rewritten).not.toContain('create index');
    expect(repair.further).toEqual([
      {
        file: 'migrations/Migration20260101000000_lists_2_i_concurrently.ts',
        text: `import { Migration } from '@mikro-orm/migrations';

export class Migration20260101000000_lists_2_i_concurrently extends Migration {
  override name = 'Migration20260101000000_lists_2_i_concurrently';

  override isTransactional(): boolean {
    return false;
  }

  override up(): void | Promise<void> {
    this.addSql(\`create index concurrently "i" on "t" ("a")\`);
  }

  override down(): void | Promise<void> {
    this.addSql(\`drop index concurrently "i"\`);
  }
}
`,
      },
    ]);
  });

  test('in CommonJS', () => {
    const repair = reportedRepair('', { title: '', caution: '', edits, further }, statements, {
      file: 'lists.js',
      source: javascript,
    });
    expect(repair.further).toEqual([
      {
        file: 'lists_2_i_concurrently.js',
        text: `'use strict';
const { Migration } = require('@mikro-orm/migrations');

class Lists_2_i_concurrently extends Migration {
    isTransactional() {
      return false;
    }

    async up() {
      this.addSql('create index concurrently "i" on "t" ("a")');
    }

    async down() {
      this.addSql('drop index concurrently "i"');
    }
}
exports.Lists_2_i_concurrently = Lists_2_i_concurrently;
`,
      },
    ]);
  });
});

describe('a revision without a transaction', () => {
  const alone = { title: '', caution: '', edits: [], alone: true };

  test('says so in TypeScript and in JavaScript', () => {
    const typed = reportedRepair('', alone, statements, { file: 'a.ts', source: typescript });
    expect(typed.rewritten).toContain(
      '\n  override isTransactional(): boolean {\n    return false;\n  }\n\n  override up()',
    );
    const plain = reportedRepair('', alone, statements, { file: 'a.js', source: javascript });
    expect(plain.rewritten).toContain(
      '\n    isTransactional() {\n      return false;\n    }\n\n    async up()',
    );
  });

  test('says so once', () => {
    const source = typescript.replace(
      '  override up',
      '  override isTransactional(): boolean { return true; }\n\n  override up',
    );
    const { rewritten } = reportedRepair('', alone, statements, { file: 'a.ts', source });
    expect(rewritten?.match(/isTransactional/g)).toHaveLength(1);
    expect(rewritten).toContain('return false;');
  });
});

test('what has to be done by hand is shown', () => {
  const shown = ['alter table t …'];
  const repair = { title: '', caution: '', edits: null, shown };
  const revision = { file: 'a.ts', source: typescript };
  expect(reportedRepair('', repair, statements, revision)).toMatchObject({
    statements: shown,
    rewritten: null,
    further: [],
  });
});
