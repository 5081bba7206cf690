import { Migration } from '@mikro-orm/migrations';

/** Pull requests. Comments and votes can now belong to one. */
export class Migration20240911155500_pull_requests extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table pull_requests (
        id integer not null primary key autoincrement,
        title text not null,
        description text null,
        status text check (status in ('open', 'merged', 'closed')) not null default 'open',
        owner_id integer not null references users (id),
        org_ref text not null,
        org_repository_id integer not null references repositories (id) on delete cascade,
        other_ref text not null,
        other_repository_id integer not null references repositories (id) on delete cascade,
        created_at datetime not null,
        updated_at datetime null
      )
    `);
    this.addSql(`create index pull_requests_owner_id_index on pull_requests (owner_id)`);
    this.addSql(`
      create index pull_requests_org_repository_id_index on pull_requests (org_repository_id)
    `);
    this.addSql(`
      create index pull_requests_other_repository_id_index on pull_requests (other_repository_id)
    `);

    this.addSql(`
      create table pull_request_reviewers (
        id integer not null primary key autoincrement,
        pull_request_id integer not null references pull_requests (id) on delete cascade,
        user_id integer not null references users (id) on delete cascade,
        invited_at datetime not null
      )
    `);
    this.addSql(`
      create index pull_request_reviewers_pull_request_id_index
        on pull_request_reviewers (pull_request_id)
    `);
    this.addSql(`
      create index pull_request_reviewers_user_id_index on pull_request_reviewers (user_id)
    `);
    this.addSql(`
      create unique index pull_request_reviewers_pull_request_id_user_id_unique
        on pull_request_reviewers (pull_request_id, user_id)
    `);

    // SQLite adds a column with a foreign key in place, as long as it may be null.
    this.addSql(`
      alter table changeset_comments
        add column pull_request_id integer null references pull_requests (id) on delete cascade
    `);
    this.addSql(`
      create index changeset_comments_pull_request_id_index on changeset_comments (pull_request_id)
    `);
    this.addSql(`
      alter table changeset_statuses
        add column pull_request_id integer null references pull_requests (id) on delete cascade
    `);
    this.addSql(`
      create index changeset_statuses_pull_request_id_index on changeset_statuses (pull_request_id)
    `);
  }

  override async down(): Promise<void> {
    // What was said in a pull request stays, as comments on its changesets.
    this.addSql(`drop index changeset_statuses_pull_request_id_index`);
    this.addSql(`alter table changeset_statuses drop column pull_request_id`);
    this.addSql(`drop index changeset_comments_pull_request_id_index`);
    this.addSql(`alter table changeset_comments drop column pull_request_id`);
    this.addSql(`drop table pull_request_reviewers`);
    this.addSql(`drop table pull_requests`);
  }
}
