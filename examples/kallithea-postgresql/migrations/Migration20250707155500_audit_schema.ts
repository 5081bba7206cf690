import { Migration } from '@mikro-orm/migrations';

/** Who did what, in a schema that others may be allowed to read without seeing the rest. */
export class Migration20250707155500_audit_schema extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create schema audit`);
    this.addSql(`
      create table audit.entries (
        id bigserial primary key,
        at timestamptz not null,
        username varchar(255) not null,
        action varchar(255) not null,
        details jsonb not null default '{}'
      )
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table audit.entries`);
    this.addSql(`drop schema audit`);
  }
}
