import { Migration } from '@mikro-orm/migrations';

/** For new rows at once; those that are there are looked at by the next revision. */
export class Migration20251118112500_titles_are_not_empty extends Migration {
  override async up(): Promise<void> {
    this.addSql(
      `alter table pull_requests add constraint pull_requests_title_check check (title <> '') not valid`,
    );
  }

  override async down(): Promise<void> {
    this.addSql(`alter table pull_requests drop constraint pull_requests_title_check`);
  }
}
