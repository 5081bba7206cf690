import { defineEntity, p } from '@mikro-orm/core';
import { User } from './users.ts';

export const UserGroup = defineEntity({
  name: 'UserGroup',
  tableName: 'user_groups',
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    description: p.text().default(''),
    isActive: p.boolean().default(true),
    /** A group must have an owner: hand it over before deleting the user. */
    owner: () => p.manyToOne(User),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

export const UserGroupMember = defineEntity({
  name: 'UserGroupMember',
  tableName: 'user_group_members',
  primaryKeys: ['userGroup', 'user'],
  properties: {
    userGroup: () => p.manyToOne(UserGroup).primary().deleteRule('cascade'),
    user: () => p.manyToOne(User).primary().deleteRule('cascade'),
  },
});
