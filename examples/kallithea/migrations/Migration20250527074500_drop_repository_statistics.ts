import { Migration } from '@mikro-orm/migrations';

/**
 * The statistics page now counts from the repository itself. What goes is a cache: nothing was in
 * it that the commits don't say.
 */
export class Migration20250527074500_drop_repository_statistics extends Migration {
  override async up(): Promise<void> {
    this.addSql(`drop table repository_statistics`);
  }

  override async down(): Promise<void> {
    // Empty: the nightly job of the older version fills it.
    this.addSql(`
      create table repository_statistics (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        revision text not null,
        commits_by_author text not null,
        commits_by_day text not null
      )
    `);
    this.addSql(`
      create unique index repository_statistics_repository_id_unique
        on repository_statistics (repository_id)
    `);
  }
}
