import { people, type User } from './people.ts';
import { at } from './random.ts';
import { FIRST_DAY, type Sample } from './sample.ts';
import * as words from './words.ts';

export interface Repository {
  readonly id: number;
  readonly path: string;
  readonly createdAt: number;
  /** The revisions that people talk about. */
  readonly revisions: readonly string[];
}

export interface RepoGroup {
  readonly id: number;
  readonly path: string;
}

export function addRepoGroups(sample: Sample, users: readonly User[]): RepoGroup[] {
  const groups: RepoGroup[] = [];
  for (const [path, description] of words.REPO_GROUPS) {
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;
    const id = sample.addWithId('repo_groups', {
      path,
      parent_id: groups.find((group) => group.path === parent)?.id ?? null,
      owner_id: at(users, sample.random.between(1, 9)).id,
      description,
      created_at: FIRST_DAY + groups.length * 3_600_000,
    });
    groups.push({ id, path });
  }
  return groups;
}

export function addRepositories(
  sample: Sample,
  users: readonly User[],
  groups: readonly RepoGroup[],
): Repository[] {
  const { random } = sample;
  const repositories: Repository[] = [];
  const taken = new Set<string>();
  while (repositories.length < 170) {
    const fork = repositories.length > 60 && random.chance(0.25) ? random.pick(repositories) : null;
    const group = random.chance(0.92) ? random.pick(groups) : null;
    const owner = random.pick(people(users));
    const name = fork
      ? `${fork.path.slice(fork.path.lastIndexOf('/') + 1)}-${owner.username}`
      : `${random.pick(words.REPO_FIRST)}-${random.pick(words.REPO_SECOND)}`;
    const path = group ? `${group.path}/${name}` : name;
    if (taken.has(path)) continue;
    taken.add(path);
    const kind = random.chance(0.7) ? 'git' : 'hg';
    const createdAt = sample.moment(Math.max(owner.createdAt, fork?.createdAt ?? 0));
    const isMirror = !fork && random.chance(0.2);
    const id = sample.addWithId('repositories', {
      path,
      kind,
      group_id: group?.id ?? null,
      owner_id: owner.id,
      fork_of_id: fork?.id ?? null,
      description: random.pick(words.REPO_DESCRIPTIONS),
      is_private: sample.flag(0.3),
      created_at: createdAt,
      updated_at: sample.maybe(0.9, () => sample.moment(createdAt)),
      landing_revision: random.chance(0.1)
        ? `tag:v${random.between(1, 9)}.${random.between(0, 20)}`
        : kind === 'git'
          ? 'branch:main'
          : 'branch:default',
      clone_uri: isMirror ? `https://code.example.net/${name}.git` : '',
    });
    const revisions = Array.from({ length: random.between(8, 24) }, () => random.hex(40));
    repositories.push({ id, path, createdAt, revisions });
  }
  return repositories;
}

export function addRepositoryDetails(sample: Sample, repositories: readonly Repository[]): void {
  const { random } = sample;
  for (const repository of repositories) {
    const fields = [
      ['team', 'Team', random.pick(words.USER_GROUPS)[0]],
      ['tracker', 'Issue tracker', `https://issues.example.org/${repository.id}`],
      ['criticality', 'How bad is it when it breaks?', random.pick(['', 'not at all', 'very'])],
    ] as const;
    for (const [key, label, value] of random.sample(fields, random.between(0, 2))) {
      sample.addWithId('repository_fields', { repository_id: repository.id, key, label, value });
    }
    for (const process of random.sample(['web-1', 'web-2', 'worker'], random.between(0, 3))) {
      sample.addWithId('cache_invalidations', {
        repository_id: repository.id,
        cache_key: `${process}:${repository.path}`,
        is_active: sample.flag(0.7),
      });
    }
  }
}

export function addFollowings(
  sample: Sample,
  users: readonly User[],
  repositories: readonly Repository[],
): void {
  const { random } = sample;
  for (const user of people(users)) {
    for (const repository of random.sample(repositories, random.between(0, 6))) {
      sample.addWithId('followings', {
        user_id: user.id,
        repository_id: repository.id,
        followed_user_id: null,
        since: sample.moment(Math.max(user.createdAt, repository.createdAt)),
      });
    }
    const others = people(users).filter((other) => other !== user);
    for (const other of random.sample(others, random.between(0, 3))) {
      sample.addWithId('followings', {
        user_id: user.id,
        repository_id: null,
        followed_user_id: other.id,
        since: sample.moment(Math.max(user.createdAt, other.createdAt)),
      });
    }
  }
}
