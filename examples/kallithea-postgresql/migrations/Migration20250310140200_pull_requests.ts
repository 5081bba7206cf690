import { Migration } from '@mikro-orm/migrations';

/** Pull requests, with a status that the database checks. */
export class Migration20250310140200_pull_requests extends Migration {
  override async up(): Promise<void> {
    this.addSql(`create type pull_request_status as enum ('open', 'merged', 'closed')`);
    this.addSql(`
      create table pull_requests (
        id serial primary key,
        repository_id int not null constraint pull_requests_repository_id_foreign
          references repositories (id) on delete cascade,
        author_id int not null constraint pull_requests_author_id_foreign references users (id),
        title varchar(255) not null,
        status pull_request_status not null default 'open',
        created_at timestamptz not null
      )
    `);
    this.addSql(`create index pull_requests_repository_id_index on pull_requests (repository_id)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table pull_requests`);
    this.addSql(`drop type pull_request_status`);
  }
}
