import { Migration } from '@mikro-orm/migrations';

/** Comments on the same line become one thread, under the comment that began it. */
export class Migration20260527100000_comment_threads extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      alter table changeset_comments
        add column thread_id integer null references changeset_comments (id) on delete set null
    `);
    this.addSql(`
      create index changeset_comments_thread_id_index on changeset_comments (thread_id)
    `);
    // The first comment of a thread is in none: its own column stays null. "Is" compares nulls too,
    // so that comments inside and outside of a pull request don't mix.
    this.addSql(`
      update changeset_comments
      set thread_id = nullif(
        (
          select min(first.id)
          from changeset_comments as first
          where first.repository_id = changeset_comments.repository_id
            and first.revision = changeset_comments.revision
            and first.file_path = changeset_comments.file_path
            and first.line = changeset_comments.line
            and first.pull_request_id is changeset_comments.pull_request_id
        ),
        id
      )
      where line is not null
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop index changeset_comments_thread_id_index`);
    this.addSql(`alter table changeset_comments drop column thread_id`);
  }
}
