import { Migration } from '@mikro-orm/migrations';

export class Migration20261130020000_repairs extends Migration {
  override up(): void {
    this.addSql(`
      create table \`repair\` (
        \`id\` integer not null primary key autoincrement,
        \`revision\` text not null,
        \`file\` text not null,
        \`titles\` text not null,
        \`before\` text not null,
        \`after\` text not null,
        \`further\` text not null,
        \`made_at\` text not null,
        \`undone_at\` text null
      )`);
    this.addSql('create index `repair_revision_index` on `repair` (`revision`)');
  }

  override down(): void {
    this.addSql('drop table `repair`');
  }
}
