import { Migration } from '@mikro-orm/migrations';

/** Three pages were slow: a changeset's comments, a repository's open requests, the inbox. */
export class Migration20260112101500_index_reviews_and_inbox extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create index changeset_comments_repository_id_revision_index
        on changeset_comments (repository_id, revision)
    `);
    this.addSql(`
      create index pull_requests_other_repository_id_status_index
        on pull_requests (other_repository_id, status)
    `);
    // Most are read, and only the unread ones are counted on every page.
    this.addSql(`
      create index user_notifications_unread_index
        on user_notifications (user_id) where read_at is null
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop index user_notifications_unread_index`);
    this.addSql(`drop index pull_requests_other_repository_id_status_index`);
    this.addSql(`drop index changeset_comments_repository_id_revision_index`);
  }
}
