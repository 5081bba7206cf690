import { Migration } from '@mikro-orm/migrations';

/** Without concurrently: nobody can write to the largest table while the index is built. */
export class Migration20260420142000_index_audit_log extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create index entries_at_index on audit.entries (at)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop index audit.entries_at_index`);
  }
}
