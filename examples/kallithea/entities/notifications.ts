import { defineEntity, p } from '@mikro-orm/core';
import { User } from './users.ts';

export const Notification = defineEntity({
  name: 'Notification',
  tableName: 'notifications',
  properties: {
    id: p.integer().primary(),
    kind: p.enum(['message', 'comment', 'pull_request', 'mention', 'registration']),
    subject: p.string(),
    body: p.text().nullable(),
    /** Null when the application itself sent it. */
    sender: () => p.manyToOne(User).nullable().deleteRule('set null'),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

/** A notification in somebody's inbox. */
export const UserNotification = defineEntity({
  name: 'UserNotification',
  tableName: 'user_notifications',
  primaryKeys: ['user', 'notification'],
  properties: {
    user: () => p.manyToOne(User).primary().deleteRule('cascade'),
    notification: () => p.manyToOne(Notification).primary().deleteRule('cascade'),
    /** Null while it is unread. */
    readAt: p.datetime().nullable(),
  },
  indexes: [
    {
      name: 'user_notifications_unread_index',
      properties: ['user'],
      where: 'read_at is null',
    },
  ],
});
