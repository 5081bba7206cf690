import { Migration } from '@mikro-orm/migrations';

/** Comments on pull requests. */
export class Migration20250422083000_comments extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      create table comments (
        id serial primary key,
        pull_request_id int not null constraint comments_pull_request_id_foreign
          references pull_requests (id) on delete cascade,
        author_id int not null constraint comments_author_id_foreign references users (id),
        body text not null,
        created_at timestamptz not null
      )
    `);
    this.addSql(`create index comments_pull_request_id_index on comments (pull_request_id)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop table comments`);
  }
}
