/** The entities of made projects, Author and Book, in every way that MikroORM has to define them. */

import { addColumn, createIndex } from './builders.ts';
import type { Revision } from './revisions.ts';

/** Files by path, relative to the entities' folder's parent. */
export type Files = Readonly<Record<string, string>>;

/** What the entities need: after all of them MikroORM finds nothing left to change. */
export function libraryRevisions(): Revision[] {
  return [
    {
      label: 'create_author',
      up: [
        {
          sqlite:
            'create table `author` (`id` integer not null primary key autoincrement, `name` text not null, `email` text null);',
          postgresql:
            'create table "author" ("id" serial primary key, "name" varchar(255) not null, "email" varchar(255) null);',
        },
      ],
      down: ['drop table "author";'],
    },
    {
      label: 'create_book',
      up: [
        {
          sqlite:
            'create table `book` (`id` integer not null primary key autoincrement, `title` text not null, `author_id` integer not null, constraint `book_author_id_foreign` foreign key (`author_id`) references `author` (`id`) on delete cascade);',
          postgresql:
            'create table "book" ("id" serial primary key, "title" varchar(255) not null, "author_id" int not null, constraint "book_author_id_foreign" foreign key ("author_id") references "author" ("id") on delete cascade);',
        },
        // MikroORM wants one on SQLite only (Platform.indexForeignKeys).
        {
          sqlite: 'create index "book_author_id_index" on "book" ("author_id");',
          postgresql: null,
        },
      ],
      down: ['drop table "book";'],
    },
    addColumn('add_pages', 'book', 'pages', 'integer null'),
    createIndex('index_titles', 'book', 'title'),
  ];
}

const defined = {
  author: `export const Author = defineEntity({
  name: 'Author',
  properties: { id: p.integer().primary(), name: p.string(), email: p.string().nullable() },
});
`,
  book: `export const Book = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string().index(),
    author: () => p.manyToOne(Author).deleteRule('cascade'),
    pages: p.integer().nullable(),
  },
});
`,
};

/** With `defineEntity`, and the extension (or none) that its imports have. */
export function definedEntities(extension: '.js' | '.ts', importExtension: string): Files {
  return {
    [`entities/author${extension}`]: `import { defineEntity, p } from '@mikro-orm/core';\n\n${defined.author}`,
    [`entities/book${extension}`]: `import { defineEntity, p } from '@mikro-orm/core';\nimport { Author } from './author${importExtension}';\n\n${defined.book}`,
  };
}

export function commonJsEntities(): Files {
  const file = (text: string, imports: string, name: string): string =>
    `const { defineEntity, p } = require('@mikro-orm/core');\n${imports}\n${text.replace('export ', '')}\nexports.${name} = ${name};\n`;
  return {
    'entities/author.js': file(defined.author, '', 'Author'),
    'entities/book.js': file(defined.book, `const { Author } = require('./author.js');\n`, 'Book'),
  };
}

/** As classes with decorators: of the language (`es`) or TypeScript's older ones (`legacy`). */
export function decoratedEntities(style: 'es' | 'legacy'): Files {
  const head = (names: string): string =>
    `import { ${names} } from '@mikro-orm/decorators/${style}';\n`;
  return {
    'entities/author.ts': `${head('Entity, PrimaryKey, Property')}
@Entity()
export class Author {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Property({ type: 'string' })
  name!: string;

  @Property({ type: 'string', nullable: true })
  email?: string;
}
`,
    'entities/book.ts': `${head('Entity, Index, ManyToOne, PrimaryKey, Property')}
import { Author } from './author.js';

@Entity()
export class Book {
  @PrimaryKey({ type: 'integer' })
  id!: number;

  @Index()
  @Property({ type: 'string' })
  title!: string;

  @ManyToOne({ entity: () => Author, deleteRule: 'cascade' })
  author!: Author;

  @Property({ type: 'integer', nullable: true })
  pages?: number;
}
`,
  };
}

/** What only a real compiler understands: an enum, a parameter property, imports without extension. */
export function compiledOnlyEntities(): Files {
  return {
    ...definedEntities('.ts', ''),
    'entities/shelf.ts': `export enum Shelf {
  Upper = 'upper',
  Lower = 'lower',
}

export class Place {
  constructor(public readonly shelf: Shelf) {}
}

export const places = [new Place(Shelf.Upper), new Place(Shelf.Lower)];
`,
  };
}
