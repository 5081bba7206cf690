import { Migration } from '@mikro-orm/migrations';

/** People in groups, and permissions granted to a whole group. */
export class Migration20240328140200_user_groups extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table user_groups (
        id integer not null primary key autoincrement,
        name text not null,
        description text not null default '',
        is_active integer not null default true,
        owner_id integer not null references users (id),
        created_at datetime not null
      )
    `);
    this.addSql(`create unique index user_groups_name_unique on user_groups (name)`);
    this.addSql(`create index user_groups_owner_id_index on user_groups (owner_id)`);

    this.addSql(`
      create table user_group_members (
        user_group_id integer not null
          references user_groups (id) on update cascade on delete cascade,
        user_id integer not null references users (id) on update cascade on delete cascade,
        primary key (user_group_id, user_id)
      )
    `);
    this.addSql(`
      create index user_group_members_user_group_id_index on user_group_members (user_group_id)
    `);
    this.addSql(`create index user_group_members_user_id_index on user_group_members (user_id)`);

    // On everything.
    this.addSql(`
      create table group_permissions (
        id integer not null primary key autoincrement,
        user_group_id integer not null references user_groups (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index group_permissions_user_group_id_index
        on group_permissions (user_group_id)
    `);
    this.addSql(`
      create index group_permissions_permission_id_index
        on group_permissions (permission_id)
    `);
    this.addSql(`
      create unique index group_permissions_user_group_id_permission_id_unique
        on group_permissions (user_group_id, permission_id)
    `);

    // On a repository, and on a group of repositories.
    this.addSql(`
      create table repository_group_permissions (
        id integer not null primary key autoincrement,
        repository_id integer not null references repositories (id) on delete cascade,
        user_group_id integer not null references user_groups (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index repository_group_permissions_repository_id_index
        on repository_group_permissions (repository_id)
    `);
    this.addSql(`
      create index repository_group_permissions_user_group_id_index
        on repository_group_permissions (user_group_id)
    `);
    this.addSql(`
      create index repository_group_permissions_permission_id_index
        on repository_group_permissions (permission_id)
    `);
    this.addSql(`
      create unique index repository_group_permissions_repository_id_user_group_id_unique
        on repository_group_permissions (repository_id, user_group_id)
    `);

    this.addSql(`
      create table repo_group_group_permissions (
        id integer not null primary key autoincrement,
        repo_group_id integer not null references repo_groups (id) on delete cascade,
        user_group_id integer not null references user_groups (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index repo_group_group_permissions_repo_group_id_index
        on repo_group_group_permissions (repo_group_id)
    `);
    this.addSql(`
      create index repo_group_group_permissions_user_group_id_index
        on repo_group_group_permissions (user_group_id)
    `);
    this.addSql(`
      create index repo_group_group_permissions_permission_id_index
        on repo_group_group_permissions (permission_id)
    `);
    this.addSql(`
      create unique index repo_group_group_permissions_repo_group_id_user_group_id_unique
        on repo_group_group_permissions (repo_group_id, user_group_id)
    `);

    // On a user group itself: who sees it, and who changes its members.
    this.addSql(`
      create table user_group_user_permissions (
        id integer not null primary key autoincrement,
        target_id integer not null references user_groups (id) on delete cascade,
        user_id integer not null references users (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index user_group_user_permissions_target_id_index
        on user_group_user_permissions (target_id)
    `);
    this.addSql(`
      create index user_group_user_permissions_user_id_index
        on user_group_user_permissions (user_id)
    `);
    this.addSql(`
      create index user_group_user_permissions_permission_id_index
        on user_group_user_permissions (permission_id)
    `);
    this.addSql(`
      create unique index user_group_user_permissions_target_id_user_id_unique
        on user_group_user_permissions (target_id, user_id)
    `);

    this.addSql(`
      create table user_group_group_permissions (
        id integer not null primary key autoincrement,
        target_id integer not null references user_groups (id) on delete cascade,
        user_group_id integer not null references user_groups (id) on delete cascade,
        permission_id integer not null references permissions (id) on delete cascade
      )
    `);
    this.addSql(`
      create index user_group_group_permissions_target_id_index
        on user_group_group_permissions (target_id)
    `);
    this.addSql(`
      create index user_group_group_permissions_user_group_id_index
        on user_group_group_permissions (user_group_id)
    `);
    this.addSql(`
      create index user_group_group_permissions_permission_id_index
        on user_group_group_permissions (permission_id)
    `);
    this.addSql(`
      create unique index user_group_group_permissions_target_id_user_group_id_unique
        on user_group_group_permissions (target_id, user_group_id)
    `);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table user_group_group_permissions`);
    this.addSql(`drop table user_group_user_permissions`);
    this.addSql(`drop table repo_group_group_permissions`);
    this.addSql(`drop table repository_group_permissions`);
    this.addSql(`drop table group_permissions`);
    this.addSql(`drop table user_group_members`);
    this.addSql(`drop table user_groups`);
  }
}
