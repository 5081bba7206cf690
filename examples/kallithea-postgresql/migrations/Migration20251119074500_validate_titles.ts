import { Migration } from '@mikro-orm/migrations';

/** Reads all rows under a lock that lets others read and write. */
export class Migration20251119074500_validate_titles extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table pull_requests validate constraint pull_requests_title_check`);
  }

  override async down(): Promise<void> {
    // Nothing takes a validation back, so the constraint is made again without one.
    this.addSql(`alter table pull_requests drop constraint pull_requests_title_check`);
    this.addSql(
      `alter table pull_requests add constraint pull_requests_title_check check (title <> '') not valid`,
    );
  }
}
