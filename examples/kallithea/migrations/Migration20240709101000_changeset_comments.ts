import { Migration } from '@mikro-orm/migrations';

/** Reviews after the fact: remarks on a changeset, and a vote on it. */
export class Migration20240709101000_changeset_comments extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table changeset_comments (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        revision text not null,
        author_id integer not null references users (id),
        file_path text null,
        line text null,
        body text not null,
        created_at datetime not null,
        updated_at datetime null
      )
    `);
    this.addSql(`
      create index changeset_comments_repository_id_index on changeset_comments (repository_id)
    `);
    this.addSql(`
      create index changeset_comments_author_id_index on changeset_comments (author_id)
    `);

    // A new vote takes version 0 and moves the older ones up, so the latest is found without sorting.
    this.addSql(`
      create table changeset_statuses (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        revision text not null,
        user_id integer not null references users (id),
        status text check (status in ('under_review', 'approved', 'rejected')) not null,
        version integer not null default 0,
        comment_id integer null references changeset_comments (id) on delete set null,
        modified_at datetime not null
      )
    `);
    this.addSql(`
      create index changeset_statuses_repository_id_index on changeset_statuses (repository_id)
    `);
    this.addSql(`create index changeset_statuses_user_id_index on changeset_statuses (user_id)`);
    this.addSql(`
      create index changeset_statuses_comment_id_index on changeset_statuses (comment_id)
    `);
    this.addSql(`
      create unique index changeset_statuses_repository_id_revision_user_id_version_unique
        on changeset_statuses (repository_id, revision, user_id, version)
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table changeset_statuses`);
    this.addSql(`drop table changeset_comments`);
  }
}
