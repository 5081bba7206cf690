import { Migration } from '@mikro-orm/migrations';

export class Migration20261130050000_half_done extends Migration {
  override up(): void {
    this.addSql('alter table `run` add column `resolution` text null');
    this.addSql('alter table `run` add column `record` text null');
    this.addSql('alter table `step` add column `transactional` integer null');
    this.addSql(`
      create table \`resolution\` (
        \`id\` integer not null primary key autoincrement,
        \`run_id\` integer not null,
        \`revision\` text not null,
        \`outcome\` text not null,
        \`made_at\` text not null,
        constraint \`resolution_run_id_foreign\` foreign key (\`run_id\`) references \`run\` (\`id\`) on delete cascade
      )`);
    this.addSql('create index `resolution_run_id_index` on `resolution` (`run_id`)');
  }

  override down(): void {
    this.addSql('drop table `resolution`');
    this.addSql('alter table `step` drop column `transactional`');
    this.addSql('alter table `run` drop column `record`');
    this.addSql('alter table `run` drop column `resolution`');
  }
}
