import { defineEntity, p } from '@mikro-orm/core';
import { User } from './users.ts';

/** A folder of repositories. Groups form a tree; `path` is kept by the application. */
export const RepoGroup = defineEntity({
  name: 'RepoGroup',
  tableName: 'repo_groups',
  properties: {
    id: p.integer().primary(),
    /** With the parents' names: `platform/storage`. */
    path: p.string().unique(),
    parent: () => p.manyToOne(RepoGroup).nullable().deleteRule('restrict'),
    owner: () => p.manyToOne(User),
    description: p.text().default(''),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

export const Repository = defineEntity({
  name: 'Repository',
  tableName: 'repositories',
  properties: {
    id: p.integer().primary(),
    path: p.string().unique(),
    kind: p.enum(['git', 'hg']),
    group: () => p.manyToOne(RepoGroup).nullable().deleteRule('restrict'),
    owner: () => p.manyToOne(User),
    forkOf: () => p.manyToOne(Repository).nullable().deleteRule('set null'),
    description: p.text().default(''),
    isPrivate: p.boolean().default(false),
    createdAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p.datetime().nullable(),
    /** What is shown first: `branch:main`, `tag:v2`, or a revision. */
    landingRevision: p.string().default('branch:main'),
    /** Where a mirror is pulled from. */
    cloneUri: p.string().nullable(),
  },
});

/** A field that the administrators added to a repository's form. */
export const RepositoryField = defineEntity({
  name: 'RepositoryField',
  tableName: 'repository_fields',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    key: p.string(),
    label: p.string(),
    value: p.text().default(''),
  },
  uniques: [{ properties: ['repository', 'key'] }],
});

/** Of a repository or of a person: one of the two is set. */
export const Following = defineEntity({
  name: 'Following',
  tableName: 'followings',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    repository: () => p.manyToOne(Repository).nullable().deleteRule('cascade'),
    followedUser: () => p.manyToOne(User).nullable().deleteRule('cascade'),
    since: p.datetime().onCreate(() => new Date()),
  },
  uniques: [{ properties: ['user', 'repository'] }, { properties: ['user', 'followedUser'] }],
});

/** One row per process that caches a repository: inactive means that it must read again. */
export const CacheInvalidation = defineEntity({
  name: 'CacheInvalidation',
  tableName: 'cache_invalidations',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    cacheKey: p.string().unique(),
    isActive: p.boolean().default(false),
  },
});
