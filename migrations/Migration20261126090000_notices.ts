import { Migration } from '@mikro-orm/migrations';

export class Migration20261126090000_notices extends Migration {
  override up(): void {
    this.addSql(`
      create table \`notice\` (
        \`run_id\` integer not null,
        \`position\` integer not null,
        \`seq\` integer not null,
        \`at\` double not null,
        \`severity\` text not null,
        \`message\` text not null,
        \`code\` text null,
        \`detail\` text null,
        \`hint\` text null,
        \`where\` text null,
        constraint \`notice_run_id_foreign\` foreign key(\`run_id\`) references \`run\`(\`id\`) on delete cascade,
        primary key (\`run_id\`, \`position\`)
      )`);
    this.addSql('alter table `run` add column `notices_omitted` integer not null default 0');
  }

  override down(): void {
    this.addSql('alter table `run` drop column `notices_omitted`');
    this.addSql('drop table `notice`');
  }
}
