import { Migration } from '@mikro-orm/migrations';

/** Built while others write, which no transaction allows: one statement, and nothing else. */
export class Migration20251014094000_index_comments_by_author extends Migration {
  override isTransactional(): boolean {
    return false;
  }

  override async up(): Promise<void> {
    this.addSql(
      `create index concurrently comments_author_id_created_at_index on comments (author_id, created_at)`,
    );
  }

  override async down(): Promise<void> {
    this.addSql(`drop index concurrently comments_author_id_created_at_index`);
  }
}
