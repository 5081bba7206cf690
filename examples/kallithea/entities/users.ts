import { defineEntity, p } from '@mikro-orm/core';

export const User = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.integer().primary(),
    username: p.string().unique(),
    /** Null when another source, such as LDAP, checks the password. */
    passwordHash: p.string().nullable().hidden(),
    firstName: p.string().default(''),
    lastName: p.string().default(''),
    /** Where notifications go; the other addresses are in `user_emails`. */
    email: p.string().nullable().unique(),
    authSource: p.enum(['internal', 'ldap', 'pam']).default('internal'),
    isActive: p.boolean().default(true),
    isAdmin: p.boolean().default(false),
    /** Whether the permissions of the `default` user apply too. */
    inheritsDefaults: p.boolean().default(true),
    lastLoginAt: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
  },
});

/** An address by which the user's commits are recognised. */
export const UserEmail = defineEntity({
  name: 'UserEmail',
  tableName: 'user_emails',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    /** As its owner typed it. */
    address: p.string().unique(),
    createdAt: p.datetime().onCreate(() => new Date()),
    /** Trimmed and in lower case; null when an older row already has it. */
    canonical: p.string().nullable().unique(),
  },
});

/** If a user has any, requests from elsewhere are refused. */
export const AllowedAddress = defineEntity({
  name: 'AllowedAddress',
  tableName: 'user_ip_whitelist',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    /** An address or a network, such as `10.4.0.0/16`. */
    network: p.string(),
    isActive: p.boolean().default(true),
  },
  uniques: [{ properties: ['user', 'network'] }],
});

export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'api_keys',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    description: p.string().default(''),
    /** Null means that the key never expires. */
    expiresAt: p.datetime().nullable(),
    createdAt: p.datetime().onCreate(() => new Date()),
    /** SHA-256; the key itself is shown once, when it is made. */
    keyHash: p.string().nullable().unique().hidden(),
    /** The first characters, by which people tell their keys apart. */
    keyPrefix: p.string().default(''),
  },
});

export const SshKey = defineEntity({
  name: 'SshKey',
  tableName: 'ssh_keys',
  properties: {
    id: p.integer().primary(),
    user: () => p.manyToOne(User).deleteRule('cascade'),
    publicKey: p.text(),
    description: p.string().default(''),
    fingerprint: p.string().unique(),
    createdAt: p.datetime().onCreate(() => new Date()),
    lastSeenAt: p.datetime().nullable(),
  },
});
