import { defineEntity, p } from '@mikro-orm/core';
import { User } from './users.ts';

/** A few files to show somebody, without a repository of one's own. */
export const Gist = defineEntity({
  name: 'Gist',
  tableName: 'gists',
  properties: {
    id: p.integer().primary(),
    /** What is in its address; hard to guess for private ones. */
    accessId: p.string().unique(),
    owner: () => p.manyToOne(User).deleteRule('cascade'),
    description: p.text().default(''),
    visibility: p.enum(['public', 'private']).default('private'),
    createdAt: p.datetime().onCreate(() => new Date()),
    expiresAt: p.datetime().nullable(),
  },
});

export const GistFile = defineEntity({
  name: 'GistFile',
  tableName: 'gist_files',
  properties: {
    id: p.integer().primary(),
    gist: () => p.manyToOne(Gist).deleteRule('cascade'),
    name: p.string(),
    content: p.text(),
  },
  uniques: [{ properties: ['gist', 'name'] }],
});
