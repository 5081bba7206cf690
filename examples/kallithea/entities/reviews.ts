import { defineEntity, p } from '@mikro-orm/core';
import { Repository } from './repositories.ts';
import { User } from './users.ts';

export const PullRequest = defineEntity({
  name: 'PullRequest',
  tableName: 'pull_requests',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    description: p.text().nullable(),
    status: p.enum(['draft', 'open', 'merged', 'closed']).default('open'),
    owner: () => p.manyToOne(User),
    /** `branch:fix-locks:3f2a…`: kind, name and the revision that it stood for. */
    sourceRef: p.string(),
    sourceRepository: () => p.manyToOne(Repository).deleteRule('cascade'),
    targetRef: p.string(),
    targetRepository: () => p.manyToOne(Repository).deleteRule('cascade'),
    createdAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p.datetime().nullable(),
  },
  indexes: [{ properties: ['targetRepository', 'status'] }],
});

export const PullRequestReviewer = defineEntity({
  name: 'PullRequestReviewer',
  tableName: 'pull_request_reviewers',
  properties: {
    id: p.integer().primary(),
    pullRequest: () => p.manyToOne(PullRequest).deleteRule('cascade'),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    invitedAt: p.datetime().onCreate(() => new Date()),
  },
  uniques: [{ properties: ['pullRequest', 'user'] }],
});

/** On a changeset as a whole, or on a line of a file; inside a pull request or not. */
export const ChangesetComment = defineEntity({
  name: 'ChangesetComment',
  tableName: 'changeset_comments',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    revision: p.string(),
    author: () => p.manyToOne(User),
    filePath: p.string().nullable(),
    /** `o12` is line 12 of the old side, `n12` of the new one. */
    line: p.string().nullable(),
    body: p.text(),
    createdAt: p.datetime().onCreate(() => new Date()),
    updatedAt: p.datetime().nullable(),
    pullRequest: () => p.manyToOne(PullRequest).nullable().deleteRule('cascade'),
    /** The comment that began the thread. */
    thread: () => p.manyToOne(ChangesetComment).nullable().deleteRule('set null'),
  },
  indexes: [{ properties: ['repository', 'revision'] }],
});

/** A reviewer's vote on a changeset. Version 0 is the latest one. */
export const ChangesetStatus = defineEntity({
  name: 'ChangesetStatus',
  tableName: 'changeset_statuses',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    revision: p.string(),
    user: () => p.manyToOne(User),
    status: p.enum(['under_review', 'approved', 'rejected']),
    version: p.integer().default(0),
    comment: () => p.manyToOne(ChangesetComment).nullable().deleteRule('set null'),
    modifiedAt: p.datetime().onCreate(() => new Date()),
    pullRequest: () => p.manyToOne(PullRequest).nullable().deleteRule('cascade'),
  },
  uniques: [{ properties: ['repository', 'revision', 'user', 'version'] }],
});
