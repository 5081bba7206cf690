import { Migration } from '@mikro-orm/migrations';

/** Access by SSH, besides HTTP. */
export class Migration20250403112500_ssh_keys extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table ssh_keys (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        public_key text not null,
        description text not null default '',
        fingerprint text not null,
        created_at datetime not null,
        last_seen_at datetime null
      )
    `);
    this.addSql(`create index ssh_keys_user_id_index on ssh_keys (user_id)`);
    this.addSql(`create unique index ssh_keys_fingerprint_unique on ssh_keys (fingerprint)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table ssh_keys`);
  }
}
