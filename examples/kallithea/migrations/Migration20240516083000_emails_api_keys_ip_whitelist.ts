import { Migration } from '@mikro-orm/migrations';

/** What belongs to an account: more e-mail addresses, API keys, and where it may come from. */
export class Migration20240516083000_emails_api_keys_ip_whitelist extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table user_emails (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        address text not null,
        created_at datetime not null
      )
    `);
    this.addSql(`create index user_emails_user_id_index on user_emails (user_id)`);
    this.addSql(`create unique index user_emails_address_unique on user_emails (address)`);

    this.addSql(`
      create table api_keys (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        key text not null,
        description text not null default '',
        expires_at datetime null,
        created_at datetime not null
      )
    `);
    this.addSql(`create index api_keys_user_id_index on api_keys (user_id)`);
    this.addSql(`create unique index api_keys_key_unique on api_keys (key)`);

    this.addSql(`
      create table user_ip_whitelist (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        network text not null,
        is_active integer not null default true
      )
    `);
    this.addSql(`create index user_ip_whitelist_user_id_index on user_ip_whitelist (user_id)`);
    this.addSql(`
      create unique index user_ip_whitelist_user_id_network_unique
        on user_ip_whitelist (user_id, network)
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table user_ip_whitelist`);
    this.addSql(`drop table api_keys`);
    this.addSql(`drop table user_emails`);
  }
}
