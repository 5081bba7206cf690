import { Migration } from '@mikro-orm/migrations';

/** A function that reports ask: how much somebody has written, and how often it was merged. */
export class Migration20260112133000_reputation extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create function reputation(person int) returns bigint language sql stable as $$
        select (select count(*) from comments where author_id = person)
          + 10 * (select count(*) from pull_requests where author_id = person and status = 'merged')
      $$
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop function reputation`);
  }
}
