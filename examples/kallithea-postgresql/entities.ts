import { defineEntity, p } from '@mikro-orm/core';

export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.integer().primary(),
    username: p.string().unique(),
    email: p.string().nullable().unique(),
    role: p.enum(['reader', 'writer', 'admin']).nativeEnumName('user_role').default('reader'),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

export const Repository = defineEntity({
  name: 'Repository',
  tableName: 'repositories',
  properties: {
    id: p.integer().primary(),
    path: p.string().unique(),
    kind: p.enum(['git', 'hg']).nativeEnumName('repository_kind'),
    owner: () => p.manyToOne(User),
    createdAt: p.datetime().onCreate(() => new Date()),
    /** What its administrators chose; found by content. */
    settings: p.json<Record<string, unknown>>().default('{}'),
  },
  indexes: [{ properties: ['settings'], type: 'gin' }],
});

export const PullRequest = defineEntity({
  name: 'PullRequest',
  tableName: 'pull_requests',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    author: () => p.manyToOne(User),
    title: p.string(),
    status: p
      .enum(['draft', 'open', 'merged', 'closed'])
      .nativeEnumName('pull_request_status')
      .default('open'),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
  indexes: [{ properties: ['repository'] }],
  checks: [{ name: 'pull_requests_title_check', expression: `title <> ''` }],
});

export const Comment = defineEntity({
  name: 'Comment',
  tableName: 'comments',
  properties: {
    id: p.bigint('number').primary(),
    pullRequest: () => p.manyToOne(PullRequest).deleteRule('cascade'),
    author: () => p.manyToOne(User),
    body: p.text(),
    createdAt: p.datetime().onCreate(() => new Date()),
    /** In characters; the database keeps it. */
    size: p.integer().generated('(length(body)) stored'),
  },
  indexes: [{ properties: ['pullRequest'] }, { properties: ['author', 'createdAt'] }],
});

/** In a schema of its own, so that others may be allowed to read nothing else. */
export const AuditEntry = defineEntity({
  name: 'AuditEntry',
  schema: 'audit',
  tableName: 'entries',
  properties: {
    id: p.bigint('number').primary(),
    at: p.datetime().onCreate(() => new Date()),
    username: p.string(),
    action: p.string(),
    details: p.json<Record<string, unknown>>().default('{}'),
  },
  indexes: [{ properties: ['at'] }],
});

/** Listed by hand: a folder would be found relative to wherever the program was started. */
export const entities = [User, Repository, PullRequest, Comment, AuditEntry];
