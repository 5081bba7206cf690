import { Migration } from '@mikro-orm/migrations';

export class Migration20261124080000_rehearsals extends Migration {
  override up(): void {
    this.addSql(`
      create table \`rehearsal\` (
        \`id\` integer not null primary key autoincrement,
        \`target_key\` text not null,
        \`target_database\` text not null,
        \`started_at\` text not null,
        \`ms\` double not null,
        \`verdict\` text not null,
        \`report\` text not null
      )`);
    this.addSql('create index `rehearsal_target_index` on `rehearsal` (`target_key`)');
    this.addSql(`
      create table \`rehearsed\` (
        \`rehearsal_id\` integer not null,
        \`position\` integer not null,
        \`name\` text not null,
        \`base\` text not null,
        \`verdict\` text not null,
        \`file\` text null,
        \`code\` text not null,
        \`revisions\` text not null,
        \`schema\` text not null,
        \`up_ms\` double null,
        \`down_ms\` double null,
        \`rows\` integer not null,
        \`rows_lost\` integer not null,
        constraint \`rehearsed_rehearsal_id_foreign\` foreign key(\`rehearsal_id\`) references \`rehearsal\`(\`id\`) on delete cascade,
        primary key (\`rehearsal_id\`, \`position\`)
      )`);
  }

  override down(): void {
    this.addSql('drop table `rehearsed`');
    this.addSql('drop table `rehearsal`');
  }
}
