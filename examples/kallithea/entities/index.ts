import { Gist, GistFile } from './gists.ts';
import { Notification, UserNotification } from './notifications.ts';
import {
  GroupPermission,
  Permission,
  RepoGroupGroupPermission,
  RepoGroupUserPermission,
  RepositoryGroupPermission,
  RepositoryUserPermission,
  UserGroupGroupPermission,
  UserGroupUserPermission,
  UserPermission,
} from './permissions.ts';
import {
  CacheInvalidation,
  Following,
  RepoGroup,
  Repository,
  RepositoryField,
} from './repositories.ts';
import { ChangesetComment, ChangesetStatus, PullRequest, PullRequestReviewer } from './reviews.ts';
import { AuditEntry, Setting, UiHook } from './settings.ts';
import { UserGroup, UserGroupMember } from './user-groups.ts';
import { AllowedAddress, ApiKey, SshKey, User, UserEmail } from './users.ts';

/** Listed by hand: a folder would be found relative to wherever the program was started. */
export const entities = [
  User,
  UserEmail,
  AllowedAddress,
  ApiKey,
  SshKey,
  UserGroup,
  UserGroupMember,
  RepoGroup,
  Repository,
  RepositoryField,
  Following,
  CacheInvalidation,
  Permission,
  UserPermission,
  GroupPermission,
  RepositoryUserPermission,
  RepositoryGroupPermission,
  RepoGroupUserPermission,
  RepoGroupGroupPermission,
  UserGroupUserPermission,
  UserGroupGroupPermission,
  PullRequest,
  PullRequestReviewer,
  ChangesetComment,
  ChangesetStatus,
  Notification,
  UserNotification,
  Setting,
  UiHook,
  AuditEntry,
  Gist,
  GistFile,
];
