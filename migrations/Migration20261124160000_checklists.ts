import { Migration } from '@mikro-orm/migrations';

export class Migration20261124160000_checklists extends Migration {
  override up(): void {
    this.addSql('alter table `draft` add column `branch` text null');
    this.addSql('alter table `draft` add column `code` text null');
    this.addSql(`
      create table \`mark\` (
        \`id\` integer not null primary key autoincrement,
        \`revision\` text null,
        \`step\` text not null,
        \`outcome\` text not null,
        \`reason\` text not null,
        \`sha256\` text null,
        \`made_at\` text not null
      )`);
    this.addSql('create index `mark_revision_index` on `mark` (`revision`)');
  }

  override down(): void {
    this.addSql('drop table `mark`');
    this.addSql('alter table `draft` drop column `code`');
    this.addSql('alter table `draft` drop column `branch`');
  }
}
