import { Migration } from '@mikro-orm/migrations';

/** People and their repositories. What a user may do, and what a repository is, are types of their own. */
export class Migration20250203091500_users_and_repositories extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create type user_role as enum ('reader', 'writer', 'admin')`);
    this.addSql(`create type repository_kind as enum ('git', 'hg')`);
    this.addSql(`
      create table users (
        id serial primary key,
        username varchar(255) not null constraint users_username_unique unique,
        email varchar(255) null constraint users_email_unique unique,
        role user_role not null default 'reader',
        created_at timestamptz not null
      )
    `);
    this.addSql(`
      create table repositories (
        id serial primary key,
        path varchar(255) not null constraint repositories_path_unique unique,
        kind repository_kind not null,
        owner_id int not null constraint repositories_owner_id_foreign references users (id),
        created_at timestamptz not null
      )
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table repositories`);
    this.addSql(`drop table users`);
    this.addSql(`drop type repository_kind`);
    this.addSql(`drop type user_role`);
  }
}
