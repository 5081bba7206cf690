import { Migration } from '@mikro-orm/migrations';

/**
 * A repository that mirrors nothing has no clone address: null, and not an empty one.
 *
 * The draft rebuilt the table, and dropping the old one would have deleted every comment, pull
 * request and permission that hangs on a repository. A new column takes the old one's place
 * instead, and no row of another table is touched.
 */
export class Migration20260506120000_optional_clone_uri extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table repositories add column clone_uri_or_null text null`);
    this.addSql(`update repositories set clone_uri_or_null = nullif(clone_uri, '')`);
    this.addSql(`alter table repositories drop column clone_uri`);
    this.addSql(`alter table repositories rename column clone_uri_or_null to clone_uri`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter table repositories add column clone_uri_or_empty text not null default ''`);
    this.addSql(`
      update repositories set clone_uri_or_empty = clone_uri where clone_uri is not null
    `);
    this.addSql(`alter table repositories drop column clone_uri`);
    this.addSql(`alter table repositories rename column clone_uri_or_empty to clone_uri`);
  }
}
