import { Migration } from '@mikro-orm/migrations';

/**
 * Nobody could remember which side of a pull request was "org" and which "other". SQLite renames
 * columns in place, with the foreign keys on them; indexes keep their old names, so those are
 * built again.
 */
export class Migration20260310153000_rename_pull_request_refs extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table pull_requests rename column org_ref to source_ref`);
    this.addSql(
      `alter table pull_requests rename column org_repository_id to source_repository_id`,
    );
    this.addSql(`alter table pull_requests rename column other_ref to target_ref`);
    this.addSql(`
      alter table pull_requests rename column other_repository_id to target_repository_id
    `);

    this.addSql(`drop index pull_requests_org_repository_id_index`);
    this.addSql(`drop index pull_requests_other_repository_id_index`);
    this.addSql(`drop index pull_requests_other_repository_id_status_index`);
    this.addSql(`
      create index pull_requests_source_repository_id_index on pull_requests (source_repository_id)
    `);
    this.addSql(`
      create index pull_requests_target_repository_id_index on pull_requests (target_repository_id)
    `);
    this.addSql(`
      create index pull_requests_target_repository_id_status_index
        on pull_requests (target_repository_id, status)
    `);
  }

  override async down(): Promise<void> {
    this.addSql(
      `alter table pull_requests rename column target_repository_id to other_repository_id`,
    );
    this.addSql(`alter table pull_requests rename column target_ref to other_ref`);
    this.addSql(
      `alter table pull_requests rename column source_repository_id to org_repository_id`,
    );
    this.addSql(`alter table pull_requests rename column source_ref to org_ref`);

    this.addSql(`drop index pull_requests_source_repository_id_index`);
    this.addSql(`drop index pull_requests_target_repository_id_index`);
    this.addSql(`drop index pull_requests_target_repository_id_status_index`);
    this.addSql(`
      create index pull_requests_org_repository_id_index on pull_requests (org_repository_id)
    `);
    this.addSql(`
      create index pull_requests_other_repository_id_index on pull_requests (other_repository_id)
    `);
    this.addSql(`
      create index pull_requests_other_repository_id_status_index
        on pull_requests (other_repository_id, status)
    `);
  }
}
