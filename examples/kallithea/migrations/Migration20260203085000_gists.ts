import { Migration } from '@mikro-orm/migrations';

/** Gists: a few files to show somebody, without a repository of one's own. */
export class Migration20260203085000_gists extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table gists (
        id integer not null primary key autoincrement,
        access_id text not null,
        owner_id integer not null references users (id) on delete cascade,
        description text not null default '',
        visibility text check (visibility in ('public', 'private')) not null default 'private',
        created_at datetime not null,
        expires_at datetime null
      )
    `);
    this.addSql(`create unique index gists_access_id_unique on gists (access_id)`);
    this.addSql(`create index gists_owner_id_index on gists (owner_id)`);

    this.addSql(`
      create table gist_files (
        id integer not null primary key autoincrement,
        gist_id integer not null references gists (id) on delete cascade,
        name text not null,
        content text not null
      )
    `);
    this.addSql(`create index gist_files_gist_id_index on gist_files (gist_id)`);
    this.addSql(`create unique index gist_files_gist_id_name_unique on gist_files (gist_id, name)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table gist_files`);
    this.addSql(`drop table gists`);
  }
}
