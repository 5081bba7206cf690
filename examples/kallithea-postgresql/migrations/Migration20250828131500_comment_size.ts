import { Migration } from '@mikro-orm/migrations';

/** A generated column: the length of a comment, kept by the database. The table is rewritten. */
export class Migration20250828131500_comment_size extends Migration {
  override async up(): Promise<void> {
    this.addSql(
      `alter table comments add column size int not null generated always as (length(body)) stored`,
    );
  }

  override async down(): Promise<void> {
    this.addSql(`alter table comments drop column size`);
  }
}
