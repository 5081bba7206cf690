import { addAuditLog, addSettings } from './installation.ts';
import { addNotifications } from './notifications.ts';
import { addAccounts, addUserGroups, addUsers } from './people.ts';
import { addPermissions } from './permissions.ts';
import {
  addFollowings,
  addRepoGroups,
  addRepositories,
  addRepositoryDetails,
} from './repositories.ts';
import { addPullRequests, addReviews } from './reviews.ts';
import { type Row, Sample } from './sample.ts';

/**
 * Every row of the sample database, by table, at the revision where `seed.ts` stops. They can be
 * inserted in this order with foreign keys on.
 */
export function makeRows(): ReadonlyMap<string, readonly Row[]> {
  const sample = new Sample();
  const users = addUsers(sample);
  addAccounts(sample, users);
  const userGroups = addUserGroups(sample, users);
  const repoGroups = addRepoGroups(sample, users);
  const repositories = addRepositories(sample, users, repoGroups);
  addRepositoryDetails(sample, repositories);
  addPermissions(sample, users, userGroups, repoGroups, repositories);
  const pullRequests = addPullRequests(sample, users, repositories);
  addReviews(sample, users, repositories, pullRequests);
  addFollowings(sample, users, repositories);
  addNotifications(sample, users, pullRequests);
  addAuditLog(sample, users, repositories);
  addSettings(sample);
  return sample.tables;
}
