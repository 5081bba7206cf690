import { Migration } from '@mikro-orm/migrations';

/** The first schema: people, repositories in their groups, and who may do what with them. */
export class Migration20240304091500_users_and_repositories extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table users (
        id integer not null primary key autoincrement,
        username text not null,
        password_hash text null,
        first_name text not null default '',
        last_name text not null default '',
        email text null,
        auth_source text check (auth_source in ('internal', 'ldap', 'pam'))
          not null default 'internal',
        is_active integer not null default true,
        is_admin integer not null default false,
        inherits_defaults integer not null default true,
        last_login_at datetime null,
        created_at datetime not null
      )
    `);
    this.addSql(`create unique index users_username_unique on users (username)`);
    this.addSql(`create unique index users_email_unique on users (email)`);

    // A group that still holds something can't be deleted: empty it first.
    this.addSql(`
      create table repo_groups (
        id integer not null primary key autoincrement,
        path text not null,
        parent_id integer null references repo_groups (id) on delete restrict,
        owner_id integer not null references users (id),
        description text not null default '',
        created_at datetime not null
      )
    `);
    this.addSql(`create unique index repo_groups_path_unique on repo_groups (path)`);
    this.addSql(`create index repo_groups_parent_id_index on repo_groups (parent_id)`);
    this.addSql(`create index repo_groups_owner_id_index on repo_groups (owner_id)`);

    this.addSql(`
      create table repositories (
        id integer not null primary key autoincrement,
        path text not null,
        kind text check (kind in ('git', 'hg')) not null,
        group_id integer null references repo_groups (id) on delete restrict,
        owner_id integer not null references users (id),
        fork_of_id integer null references repositories (id) on delete set null,
        description text not null default '',
        is_private integer not null default false,
        created_at datetime not null,
        updated_at datetime null
      )
    `);
    this.addSql(`create unique index repositories_path_unique on repositories (path)`);
    this.addSql(`create index repositories_group_id_index on repositories (group_id)`);
    this.addSql(`create index repositories_owner_id_index on repositories (owner_id)`);
    this.addSql(`create index repositories_fork_of_id_index on repositories (fork_of_id)`);

    this.addSql(`
      create table repository_fields (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        key text not null,
        label text not null,
        value text not null default ''
      )
    `);
    this.addSql(`
      create index repository_fields_repository_id_index on repository_fields (repository_id)
    `);
    this.addSql(`
      create unique index repository_fields_repository_id_key_unique
        on repository_fields (repository_id, key)
    `);

    // Commits per author and day, counted every night.
    this.addSql(`
      create table repository_statistics (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        revision text not null,
        commits_by_author text not null,
        commits_by_day text not null
      )
    `);
    this.addSql(`
      create unique index repository_statistics_repository_id_unique
        on repository_statistics (repository_id)
    `);

    this.addSql(`
      create table cache_invalidations (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        cache_key text not null,
        is_active integer not null default false
      )
    `);
    this.addSql(`
      create index cache_invalidations_repository_id_index on cache_invalidations (repository_id)
    `);
    this.addSql(`
      create unique index cache_invalidations_cache_key_unique on cache_invalidations (cache_key)
    `);

    this.addSql(`
      create table permissions (
        id integer not null primary key autoincrement,
        name text not null,
        label text not null
      )
    `);
    this.addSql(`create unique index permissions_name_unique on permissions (name)`);

    this.addSql(`
      create table user_permissions (
        id integer not null primary key autoincrement,
        user_id integer not null references users (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`create index user_permissions_user_id_index on user_permissions (user_id)`);
    this.addSql(`
      create index user_permissions_permission_id_index on user_permissions (permission_id)
    `);
    this.addSql(`
      create unique index user_permissions_user_id_permission_id_unique
        on user_permissions (user_id, permission_id)
    `);

    this.addSql(`
      create table repository_user_permissions (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        user_id integer not null references users (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index repository_user_permissions_repository_id_index
        on repository_user_permissions (repository_id)
    `);
    this.addSql(`
      create index repository_user_permissions_user_id_index
        on repository_user_permissions (user_id)
    `);
    this.addSql(`
      create index repository_user_permissions_permission_id_index
        on repository_user_permissions (permission_id)
    `);
    this.addSql(`
      create unique index repository_user_permissions_repository_id_user_id_unique
        on repository_user_permissions (repository_id, user_id)
    `);

    this.addSql(`
      create table repo_group_user_permissions (
        id integer not null primary key autoincrement,
        repo_group_id integer not null references repo_groups (id) on delete cascade,
        user_id integer not null references users (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index repo_group_user_permissions_repo_group_id_index
        on repo_group_user_permissions (repo_group_id)
    `);
    this.addSql(`
      create index repo_group_user_permissions_user_id_index
        on repo_group_user_permissions (user_id)
    `);
    this.addSql(`
      create index repo_group_user_permissions_permission_id_index
        on repo_group_user_permissions (permission_id)
    `);
    this.addSql(`
      create unique index repo_group_user_permissions_repo_group_id_user_id_unique
        on repo_group_user_permissions (repo_group_id, user_id)
    `);

    this.addSql(`
      create table settings (
        id integer not null primary key autoincrement,
        key text not null,
        type text check (type in ('text', 'number', 'boolean', 'list')) not null default 'text',
        value text null
      )
    `);
    this.addSql(`create unique index settings_key_unique on settings (key)`);

    this.addSql(`
      create table ui_hooks (
        id integer not null primary key autoincrement,
        section text not null,
        key text not null,
        value text not null,
        is_active integer not null default true
      )
    `);
    this.addSql(`create unique index ui_hooks_section_key_unique on ui_hooks (section, key)`);
  }

  override async down(): Promise<void> {
    // Children before their parents.
    this.addSql(`drop table ui_hooks`);
    this.addSql(`drop table settings`);
    this.addSql(`drop table repo_group_user_permissions`);
    this.addSql(`drop table repository_user_permissions`);
    this.addSql(`drop table user_permissions`);
    this.addSql(`drop table permissions`);
    this.addSql(`drop table cache_invalidations`);
    this.addSql(`drop table repository_statistics`);
    this.addSql(`drop table repository_fields`);
    this.addSql(`drop table repositories`);
    this.addSql(`drop table repo_groups`);
    this.addSql(`drop table users`);
  }
}
