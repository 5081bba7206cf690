import { Migration } from '@mikro-orm/migrations';

/** A pull request may be a draft. A value can be added to a type, but not taken away again. */
export class Migration20260309090500_draft_status extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter type pull_request_status add value 'draft' before 'open'`);
  }

  override async down(): Promise<void> {
    // PostgreSQL can’t drop a value: the type is made again, and drafts become open.
    this.addSql(`update pull_requests set status = 'open' where status = 'draft'`);
    this.addSql(`alter type pull_request_status rename to pull_request_status_with_draft`);
    this.addSql(`create type pull_request_status as enum ('open', 'merged', 'closed')`);
    this.addSql(`
      alter table pull_requests
        alter column status drop default,
        alter column status type pull_request_status using status::text::pull_request_status,
        alter column status set default 'open'
    `);
    this.addSql(`drop type pull_request_status_with_draft`);
  }
}
