import { people, type User } from './people.ts';
import type { PullRequest } from './reviews.ts';
import type { Row, Sample } from './sample.ts';

export function addNotifications(
  sample: Sample,
  users: readonly User[],
  pullRequests: readonly PullRequest[],
): void {
  const { random } = sample;
  const send = (row: Row, receivers: readonly User[], read: number): void => {
    const notification_id = sample.addWithId('notifications', row);
    for (const receiver of receivers) {
      sample.add('user_notifications', {
        user_id: receiver.id,
        notification_id,
        read: sample.flag(read),
      });
    }
  };
  for (const request of pullRequests) {
    send(
      {
        kind: 'pull_request',
        subject: `${request.owner.username} asks for your review: ${request.title}`,
        body: null,
        sender_id: request.owner.id,
        created_at: request.createdAt,
      },
      request.reviewers,
      0.8,
    );
    for (let n = random.between(0, 3); n > 0; n--) {
      const sender = random.pick(request.reviewers);
      const others = [request.owner, ...request.reviewers].filter((user) => user !== sender);
      send(
        {
          kind: random.chance(0.8) ? 'comment' : 'mention',
          subject: `${sender.username} on "${request.title}"`,
          body: sample.remarks(1),
          sender_id: sender.id,
          created_at: sample.moment(request.createdAt),
        },
        [...new Set(others)],
        0.7,
      );
    }
  }
  for (const subject of ['Maintenance on Sunday ⚠️', 'Please add an SSH key', 'Moved to TLS 1.3']) {
    const body = 'The server will be away for an hour.\n\n— "operations"';
    send(
      { kind: 'message', subject, body, sender_id: null, created_at: sample.moment() },
      people(users),
      0.6,
    );
  }
}
