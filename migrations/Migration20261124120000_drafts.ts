import { Migration } from '@mikro-orm/migrations';

export class Migration20261124120000_drafts extends Migration {
  override up(): void {
    this.addSql(`
      create table \`draft\` (
        \`id\` integer not null primary key autoincrement,
        \`name\` text not null,
        \`file\` text not null,
        \`source\` text not null,
        \`base\` text not null,
        \`made_at\` text not null,
        \`snapshot\` text null,
        \`snapshot_before\` text null,
        \`snapshot_sha256\` text null,
        \`discarded_at\` text null,
        \`discarded_source\` text null
      )`);
    this.addSql('create index `draft_name_index` on `draft` (`name`)');
  }

  override down(): void {
    this.addSql('drop table `draft`');
  }
}
