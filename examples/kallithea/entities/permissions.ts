/**
 * Who may do what. A permission is a name, such as `repository.write`; the tables below grant it
 * to a user or to a user group, on everything or on one thing. The strongest grant wins.
 */

import { defineEntity, p } from '@mikro-orm/core';
import { RepoGroup, Repository } from './repositories.ts';
import { UserGroup } from './user-groups.ts';
import { User } from './users.ts';

export const Permission = defineEntity({
  name: 'Permission',
  tableName: 'permissions',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    label: p.string(),
  },
});

export const UserPermission = defineEntity({
  name: 'UserPermission',
  tableName: 'user_permissions',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['user', 'permission'] }],
});

export const GroupPermission = defineEntity({
  name: 'GroupPermission',
  tableName: 'group_permissions',
  properties: {
    id: p.integer().primary(),
    userGroup: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['userGroup', 'permission'] }],
});

export const RepositoryUserPermission = defineEntity({
  name: 'RepositoryUserPermission',
  tableName: 'repository_user_permissions',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['repository', 'user'] }],
});

export const RepositoryGroupPermission = defineEntity({
  name: 'RepositoryGroupPermission',
  tableName: 'repository_group_permissions',
  properties: {
    id: p.integer().primary(),
    repository: () => p.manyToOne(Repository).deleteRule('cascade'),
    userGroup: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['repository', 'userGroup'] }],
});

export const RepoGroupUserPermission = defineEntity({
  name: 'RepoGroupUserPermission',
  tableName: 'repo_group_user_permissions',
  properties: {
    id: p.integer().primary(),
    repoGroup: () => p.manyToOne(RepoGroup).deleteRule('cascade'),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['repoGroup', 'user'] }],
});

export const RepoGroupGroupPermission = defineEntity({
  name: 'RepoGroupGroupPermission',
  tableName: 'repo_group_group_permissions',
  properties: {
    id: p.integer().primary(),
    repoGroup: () => p.manyToOne(RepoGroup).deleteRule('cascade'),
    userGroup: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['repoGroup', 'userGroup'] }],
});

/** Who may see or change a user group. */
export const UserGroupUserPermission = defineEntity({
  name: 'UserGroupUserPermission',
  tableName: 'user_group_user_permissions',
  properties: {
    id: p.integer().primary(),
    target: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['target', 'user'] }],
});

export const UserGroupGroupPermission = defineEntity({
  name: 'UserGroupGroupPermission',
  tableName: 'user_group_group_permissions',
  properties: {
    id: p.integer().primary(),
    target: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    userGroup: () => p.manyToOne(UserGroup).deleteRule('cascade'),
    permission: () => p.manyToOne(Permission).deleteRule('cascade'),
  },
  uniques: [{ properties: ['target', 'userGroup'] }],
});
