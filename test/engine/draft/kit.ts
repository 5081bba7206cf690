/** Drafts by a real engine process, on projects of the test kit. */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Draft,
  type DraftAnswers,
  type DraftRequest,
  NO_ANSWERS,
} from '../../../source/contract/draft.ts';
import type { EngineOptions } from '../../../source/contract/engine-api.ts';
import type { Reply } from '../../../source/contract/problem.ts';
import { sql } from '../../kit/builders.ts';
import type { MadeProject, ProjectOptions } from '../../kit/made-project.ts';
import { makeProject, type Project } from '../../kit/project.ts';
import { openEngine } from '../kit.ts';

export async function draft(
  root: string,
  {
    answers,
    ...request
  }: Partial<Omit<DraftRequest, 'answers'>> & {
    readonly answers?: Partial<DraftAnswers>;
  } = {},
  options: Partial<EngineOptions> = {},
): Promise<Reply<Draft>> {
  const workspace = join(root, '..', 'workspace');
  rmSync(workspace, { recursive: true, force: true });
  mkdirSync(workspace);
  await using engine = openEngine(root, { access: 'rehearse', workspace, ...options });
  return await engine.ask((api) =>
    api.draft({
      base: 'target',
      name: 'next',
      blank: false,
      answers: { ...NO_ANSWERS, ...answers },
      ...request,
    }),
  );
}

/** The library in TypeScript, up to date, with rows; `book` replaces the properties of Book. */
export function libraryOf(
  properties: { readonly author?: string; readonly book?: string } = {},
  options: ProjectOptions = {},
): ProjectOptions {
  const author = properties.author ?? AUTHOR;
  const book = properties.book ?? BOOK;
  return {
    kind: 'ts-native',
    applied: 4,
    content: `insert into author (name, email) values ('Le Guin', 'u@example.org'), ('Lem', null);
      insert into book (title, author_id, pages) values ('Solaris', 2, 204), ('Eden', 2, null)`,
    ...options,
    files: {
      'entities/author.ts': entity('Author', author, ''),
      'entities/book.ts': entity('Book', book, `import { Author } from './author.ts';\n`),
      ...options.files,
    },
  };
}

/** Such a project on SQLite. */
export function makeLibrary(...parts: Parameters<typeof libraryOf>): Project {
  return makeProject(libraryOf(...parts));
}

export const AUTHOR = 'id: p.integer().primary(), name: p.string(), email: p.string().nullable()';
export const BOOK = `id: p.integer().primary(), title: p.string().index(),
  author: () => p.manyToOne(Author).deleteRule('cascade'), pages: p.integer().nullable()`;

function entity(name: string, properties: string, imports: string): string {
  return `import { defineEntity, p } from '@mikro-orm/core';
${imports}
export const ${name} = defineEntity({ name: '${name}', properties: { ${properties} } });
`;
}

/** A project whose only revision, which is applied, makes tables by SQL, and whose entities are others. */
export async function madeBy(
  makeProject: (options: ProjectOptions) => Promise<MadeProject>,
  up: readonly string[],
  content: readonly string[],
  entities: string,
): Promise<MadeProject> {
  const project = await makeProject({
    kind: 'ts-native',
    revisions: [sql('tables', [...up], [])],
    applied: 1,
    content: content.join(';\n'),
  });
  project.write(
    'entities/all.ts',
    `import { defineEntity, p } from '@mikro-orm/core';\nexport const all = [${entities}];\n`,
  );
  const config = project.read('mikro-orm.config.ts');
  project.write(
    'mikro-orm.config.ts',
    `import { all } from './entities/all.ts';\n${config.replace('[Author, Book]', 'all')}`,
  );
  return project;
}
