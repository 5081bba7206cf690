import { Migration } from '@mikro-orm/migrations';

/**
 * Who did what, when and from where. Names are kept beside the keys, so that a line still says
 * something when its user or repository has been deleted.
 */
export class Migration20251006090500_audit_log extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table audit_log (
        id integer not null primary key autoincrement,
        at datetime not null,
        action text not null,
        user_id integer null references users (id) on delete set null,
        username text not null,
        repository_id integer null references repositories (id) on delete set null,
        repository_path text null,
        ip_address text null
      )
    `);
    this.addSql(`create index audit_log_at_index on audit_log (at)`);
    this.addSql(`create index audit_log_user_id_index on audit_log (user_id)`);
    this.addSql(`create index audit_log_repository_id_index on audit_log (repository_id)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table audit_log`);
  }
}
