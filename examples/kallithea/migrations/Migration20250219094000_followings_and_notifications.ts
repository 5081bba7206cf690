import { Migration } from '@mikro-orm/migrations';

/** Following repositories and people, and an inbox for what happens there. */
export class Migration20250219094000_followings_and_notifications extends Migration {
  override async up(): Promise<void> {
    // Of a repository or of a person: the application sees to it that one of the two is set.
    this.addSql(`
      create table followings (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        repository_id integer null references repositories (id) on delete cascade,
        followed_user_id integer null references users (id) on delete cascade,
        since datetime not null
      )
    `);
    this.addSql(`create index followings_user_id_index on followings (user_id)`);
    this.addSql(`create index followings_repository_id_index on followings (repository_id)`);
    this.addSql(`create index followings_followed_user_id_index on followings (followed_user_id)`);
    this.addSql(`
      create unique index followings_user_id_repository_id_unique
        on followings (user_id, repository_id)
    `);
    this.addSql(`
      create unique index followings_user_id_followed_user_id_unique
        on followings (user_id, followed_user_id)
    `);

    this.addSql(`
      create table notifications (
        id integer not null primary key autoincrement,
        kind text check (
          kind in ('message', 'comment', 'pull_request', 'mention', 'registration')
        ) not null,
        subject text not null,
        body text null,
        sender_id integer null references users (id) on delete set null,
        created_at datetime not null
      )
    `);
    this.addSql(`create index notifications_sender_id_index on notifications (sender_id)`);

    this.addSql(`
      create table user_notifications (
        user_id integer not null references users (id) on update cascade on delete cascade,
        notification_id integer not null
          references notifications (id) on update cascade on delete cascade,
        read integer not null default false,
        primary key (user_id, notification_id)
      )
    `);
    this.addSql(`
      create index user_notifications_notification_id_index
        on user_notifications (notification_id)
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table user_notifications`);
    this.addSql(`drop table notifications`);
    this.addSql(`drop table followings`);
  }
}
