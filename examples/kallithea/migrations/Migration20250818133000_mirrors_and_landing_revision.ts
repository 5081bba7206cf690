import { Migration } from '@mikro-orm/migrations';

/** Repositories that mirror another one, and a choice of what their front page shows. */
export class Migration20250818133000_mirrors_and_landing_revision extends Migration {
  override async up(): Promise<void> {
    this.addSql(`
      alter table repositories add column landing_revision text not null default 'branch:main'
    `);
    // Mercurial calls its first branch otherwise.
    this.addSql(`update repositories set landing_revision = 'branch:default' where kind = 'hg'`);

    this.addSql(`alter table repositories add column clone_uri text not null default ''`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter table repositories drop column clone_uri`);
    this.addSql(`alter table repositories drop column landing_revision`);
  }
}
