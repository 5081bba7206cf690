import { people, type User } from './people.ts';
import type { Repository } from './repositories.ts';
import { LAST_DAY, type Sample } from './sample.ts';
import * as words from './words.ts';

export interface PullRequest {
  readonly id: number;
  readonly title: string;
  readonly owner: User;
  readonly source: Repository;
  readonly reviewers: readonly User[];
  readonly createdAt: number;
}

export function addPullRequests(
  sample: Sample,
  users: readonly User[],
  repositories: readonly Repository[],
): PullRequest[] {
  const { random } = sample;
  const pullRequests: PullRequest[] = [];
  while (pullRequests.length < 480) {
    const source = random.pick(repositories);
    const target = random.chance(0.6) ? source : random.pick(repositories);
    const owner = random.pick(people(users));
    const createdAt = sample.moment(Math.max(owner.createdAt, source.createdAt, target.createdAt));
    const title = random.pick(words.TITLES);
    const id = sample.addWithId('pull_requests', {
      title,
      description: sample.maybe(0.7, () => sample.remarks(3)),
      status: random.pick(['open', 'merged', 'merged', 'merged', 'closed']),
      owner_id: owner.id,
      org_ref: `branch:${random.pick(words.BRANCHES)}:${random.pick(source.revisions)}`,
      org_repository_id: source.id,
      other_ref: `branch:main:${random.pick(target.revisions)}`,
      other_repository_id: target.id,
      created_at: createdAt,
      updated_at: sample.maybe(0.8, () => sample.moment(createdAt)),
    });
    const reviewers = random.sample(people(users), random.between(1, 4));
    for (const reviewer of reviewers) {
      sample.addWithId('pull_request_reviewers', {
        pull_request_id: id,
        user_id: reviewer.id,
        invited_at: createdAt,
      });
    }
    pullRequests.push({ id, title, owner, source, reviewers, createdAt });
  }
  return pullRequests;
}

export function addReviews(
  sample: Sample,
  users: readonly User[],
  repositories: readonly Repository[],
  pullRequests: readonly PullRequest[],
): void {
  const { random } = sample;
  const votes = new Map<string, number>();
  for (const request of pullRequests) {
    const revision = random.pick(request.source.revisions);
    const voices = [request.owner, ...request.reviewers];
    addDiscussion(sample, request.source, revision, voices, request.createdAt, request.id, votes);
  }
  for (const repository of repositories) {
    for (const revision of random.sample(repository.revisions, random.between(0, 7))) {
      const voices = random.sample(people(users), random.between(1, 3));
      addDiscussion(sample, repository, revision, voices, repository.createdAt, null, votes);
    }
  }
}

/** `votes` counts each person's votes on a revision, for their version numbers. */
function addDiscussion(
  sample: Sample,
  repository: Repository,
  revision: string,
  voices: readonly User[],
  since: number,
  pullRequest: number | null,
  votes: Map<string, number>,
): void {
  const { random } = sample;
  let time = sample.moment(since);
  for (let place = random.between(1, 2); place > 0; place--) {
    const isOnLine = random.chance(0.65);
    const file = isOnLine ? `${random.pick(words.DIRECTORIES)}/${random.pick(words.FILES)}` : null;
    const line = isOnLine ? `${random.pick(['n', 'n', 'o'])}${random.between(1, 400)}` : null;
    for (let n = random.between(1, 4); n > 0; n--) {
      time = Math.min(time + random.between(1, 600) * 60_000, LAST_DAY);
      const author = random.pick(voices);
      const comment = sample.addWithId('changeset_comments', {
        repository_id: repository.id,
        revision,
        author_id: author.id,
        file_path: file,
        line,
        body: sample.remarks(2),
        created_at: time,
        updated_at: sample.maybe(0.1, () => time + 90_000),
        pull_request_id: pullRequest,
      });
      if (isOnLine || random.chance(0.3)) continue;
      const key = `${repository.id} ${revision} ${author.id}`;
      const version = votes.get(key) ?? 0;
      votes.set(key, version + 1);
      sample.addWithId('changeset_statuses', {
        repository_id: repository.id,
        revision,
        user_id: author.id,
        status: random.pick(['under_review', 'approved', 'approved', 'rejected']),
        version,
        comment_id: sample.maybe(0.9, () => comment),
        modified_at: time,
        pull_request_id: pullRequest,
      });
    }
  }
}
