import { defineEntity, p } from '@mikro-orm/core';
import { Repository } from './repositories.ts';
import { User } from './users.ts';

/** What the administrators chose for the whole installation. */
export const Setting = defineEntity({
  name: 'Setting',
  tableName: 'settings',
  properties: {
    id: p.integer().primary(),
    key: p.string().unique(),
    type: p.enum(['text', 'number', 'boolean', 'list']).default('text'),
    value: p.text().nullable(),
  },
});

/** A line of the version-control tools' own configuration, hooks among them. */
export const UiHook = defineEntity({
  name: 'UiHook',
  tableName: 'ui_hooks',
  properties: {
    id: p.integer().primary(),
    section: p.string(),
    key: p.string(),
    value: p.text(),
    isActive: p.boolean().default(true),
  },
  uniques: [{ properties: ['section', 'key'] }],
});

/** Names are kept beside the keys, so that a line stays readable when its subject is gone. */
export const AuditEntry = defineEntity({
  name: 'AuditEntry',
  tableName: 'audit_log',
  properties: {
    id: p.integer().primary(),
    at: p.datetime().onCreate(() => new Date()),
    action: p.string(),
    user: () => p.manyToOne(User).nullable().deleteRule('set null'),
    username: p.string(),
    repository: () => p.manyToOne(Repository).nullable().deleteRule('set null'),
    repositoryPath: p.string().nullable(),
    ipAddress: p.string().nullable(),
  },
  indexes: [{ properties: ['at'] }],
});
