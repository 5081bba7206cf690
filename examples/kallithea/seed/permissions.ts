import { people, type User } from './people.ts';
import { at } from './random.ts';
import type { RepoGroup, Repository } from './repositories.ts';
import type { Sample } from './sample.ts';
import * as words from './words.ts';

export function addPermissions(
  sample: Sample,
  users: readonly User[],
  userGroups: readonly number[],
  repoGroups: readonly RepoGroup[],
  repositories: readonly Repository[],
): void {
  const { random } = sample;
  const ids = new Map<string, number>();
  for (const [name, label] of words.PERMISSIONS) {
    ids.set(name, sample.addWithId('permissions', { name, label }));
  }
  const levels = (kind: string): number[] =>
    [...ids].filter(([name]) => name.startsWith(`${kind}.`)).map(([, id]) => id);
  const [onRepository, onGroup, onUserGroup] = [
    levels('repository'),
    levels('group'),
    levels('usergroup'),
  ];
  const everywhere = [...levels('create'), ...levels('fork'), ...levels('register')];

  // The first user is `default`: what it may do, everybody may.
  for (const permission_id of [at(onRepository, 1), at(onGroup, 1), ...everywhere]) {
    sample.addWithId('user_permissions', { user_id: at(users, 0).id, permission_id });
  }
  for (const user of random.sample(people(users), 60)) {
    for (const permission_id of random.sample(everywhere, random.between(1, 3))) {
      sample.addWithId('user_permissions', { user_id: user.id, permission_id });
    }
  }
  for (const user_group_id of userGroups) {
    for (const permission_id of random.sample(everywhere, random.between(0, 2))) {
      sample.addWithId('group_permissions', { user_group_id, permission_id });
    }
    const target_id = user_group_id;
    for (const user of random.sample(people(users), random.between(1, 5))) {
      const permission_id = random.pick(onUserGroup);
      sample.addWithId('user_group_user_permissions', {
        target_id,
        user_id: user.id,
        permission_id,
      });
    }
    for (const other of random.sample(userGroups, random.between(0, 3))) {
      const permission_id = random.pick(onUserGroup);
      sample.addWithId('user_group_group_permissions', {
        target_id,
        user_group_id: other,
        permission_id,
      });
    }
  }
  for (const { id: repository_id } of repositories) {
    for (const user of random.sample(users, random.between(1, 10))) {
      const permission_id = random.pick(onRepository);
      sample.addWithId('repository_user_permissions', {
        repository_id,
        user_id: user.id,
        permission_id,
      });
    }
    for (const user_group_id of random.sample(userGroups, random.between(0, 3))) {
      const permission_id = random.pick(onRepository);
      sample.addWithId('repository_group_permissions', {
        repository_id,
        user_group_id,
        permission_id,
      });
    }
  }
  for (const { id: repo_group_id } of repoGroups) {
    for (const user of random.sample(users, random.between(1, 6))) {
      const permission_id = random.pick(onGroup);
      sample.addWithId('repo_group_user_permissions', {
        repo_group_id,
        user_id: user.id,
        permission_id,
      });
    }
    for (const user_group_id of random.sample(userGroups, random.between(0, 3))) {
      const permission_id = random.pick(onGroup);
      sample.addWithId('repo_group_group_permissions', {
        repo_group_id,
        user_group_id,
        permission_id,
      });
    }
  }
}
