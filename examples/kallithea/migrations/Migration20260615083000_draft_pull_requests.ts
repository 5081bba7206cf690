import { Migration } from '@mikro-orm/migrations';

/**
 * A pull request can be a draft, which nobody is asked to review yet.
 *
 * This is what the generator wrote when "draft" was added to the entity's list; nobody has looked
 * at it, or rehearsed it.
 */
export class Migration20260615083000_draft_pull_requests extends Migration {
  override name = 'Migration20260615083000_draft_pull_requests';

  override up(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(
      `create table \`pull_requests__temp_alter\` (\`id\` integer not null primary key autoincrement, \`title\` text not null, \`description\` text null, \`status\` text check (\`status\` in ('draft', 'open', 'merged', 'closed')) not null default 'open', \`owner_id\` integer not null, \`source_ref\` text not null, \`source_repository_id\` integer not null, \`target_ref\` text not null, \`target_repository_id\` integer not null, \`created_at\` datetime not null, \`updated_at\` datetime null, constraint \`pull_requests_owner_id_foreign\` foreign key (\`owner_id\`) references \`users\` (\`id\`), constraint \`pull_requests_source_repository_id_foreign\` foreign key (\`source_repository_id\`) references \`repositories\` (\`id\`) on delete cascade, constraint \`pull_requests_target_repository_id_foreign\` foreign key (\`target_repository_id\`) references \`repositories\` (\`id\`) on delete cascade);`,
    );
    this.addSql(
      `insert into \`pull_requests__temp_alter\` select \`id\`, \`title\`, \`description\`, \`status\`, \`owner_id\`, \`source_ref\`, \`source_repository_id\`, \`target_ref\`, \`target_repository_id\`, \`created_at\`, \`updated_at\` from \`pull_requests\`;`,
    );
    this.addSql(`drop table \`pull_requests\`;`);
    this.addSql(`alter table \`pull_requests__temp_alter\` rename to \`pull_requests\`;`);
    this.addSql(
      `create index \`pull_requests_owner_id_index\` on \`pull_requests\` (\`owner_id\`);`,
    );
    this.addSql(
      `create index \`pull_requests_source_repository_id_index\` on \`pull_requests\` (\`source_repository_id\`);`,
    );
    this.addSql(
      `create index \`pull_requests_target_repository_id_index\` on \`pull_requests\` (\`target_repository_id\`);`,
    );
    this.addSql(
      `create index \`pull_requests_target_repository_id_status_index\` on \`pull_requests\` (\`target_repository_id\`, \`status\`);`,
    );
    this.addSql(`pragma foreign_keys = on;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`pragma foreign_keys = off;`);
    this.addSql(
      `create table \`pull_requests__temp_alter\` (\`id\` integer not null primary key autoincrement, \`title\` TEXT not null, \`description\` TEXT null, \`status\` TEXT check (status in ('open', 'merged', 'closed')) not null default 'open', \`owner_id\` INTEGER not null, \`source_ref\` TEXT not null, \`source_repository_id\` INTEGER not null, \`target_ref\` TEXT not null, \`target_repository_id\` INTEGER not null, \`created_at\` datetime not null, \`updated_at\` datetime null, constraint \`pull_requests_target_repository_id_foreign\` foreign key (\`target_repository_id\`) references \`repositories\` (\`id\`) on update no action on delete cascade, constraint \`pull_requests_source_repository_id_foreign\` foreign key (\`source_repository_id\`) references \`repositories\` (\`id\`) on update no action on delete cascade, constraint \`pull_requests_owner_id_foreign\` foreign key (\`owner_id\`) references \`users\` (\`id\`) on update no action on delete no action);`,
    );
    this.addSql(
      `insert into \`pull_requests__temp_alter\` select \`id\`, \`title\`, \`description\`, \`status\`, \`owner_id\`, \`source_ref\`, \`source_repository_id\`, \`target_ref\`, \`target_repository_id\`, \`created_at\`, \`updated_at\` from \`pull_requests\`;`,
    );
    this.addSql(`drop table \`pull_requests\`;`);
    this.addSql(`alter table \`pull_requests__temp_alter\` rename to \`pull_requests\`;`);
    this.addSql(
      `create index \`pull_requests_target_repository_id_status_index\` on \`pull_requests\` (\`target_repository_id\`, \`status\`);`,
    );
    this.addSql(
      `create index \`pull_requests_target_repository_id_index\` on \`pull_requests\` (\`target_repository_id\`);`,
    );
    this.addSql(
      `create index \`pull_requests_source_repository_id_index\` on \`pull_requests\` (\`source_repository_id\`);`,
    );
    this.addSql(
      `create index \`pull_requests_owner_id_index\` on \`pull_requests\` (\`owner_id\`);`,
    );
    this.addSql(`pragma foreign_keys = on;`);
  }
}
