import { Migration } from '@mikro-orm/migrations';

/** Settings of a repository as jsonb: a new one needs no revision, and is found by an index. */
export class Migration20250519101000_repository_settings extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table repositories add column settings jsonb not null default '{}'`);
    this.addSql(`create index repositories_settings_index on repositories using gin (settings)`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter table repositories drop column settings`);
  }
}
