import { Migration } from '@mikro-orm/migrations';

export class Migration20261102090000_runs_and_statements extends Migration {
  override up(): void {
    this.addSql(`
      create table \`run\` (
        \`id\` integer not null primary key autoincrement,
        \`direction\` text not null,
        \`target_key\` text not null,
        \`target_database\` text not null,
        \`target_driver\` text not null,
        \`transactions\` text not null,
        \`pid\` integer not null,
        \`host\` text not null,
        \`started_at\` text not null,
        \`finished_at\` text null,
        \`outcome\` text not null,
        \`message\` text null,
        \`statements\` integer not null default 0
      )`);
    this.addSql('create index `run_target_index` on `run` (`target_key`, `outcome`)');
    this.addSql(`
      create table \`step\` (
        \`run_id\` integer not null,
        \`position\` integer not null,
        \`name\` text not null,
        \`sha256\` text null,
        \`outcome\` text null,
        \`ms\` double null,
        constraint \`step_run_id_foreign\` foreign key(\`run_id\`) references \`run\`(\`id\`) on delete cascade,
        primary key (\`run_id\`, \`position\`)
      )`);
    this.addSql(`
      create table \`statement\` (
        \`run_id\` integer not null,
        \`seq\` integer not null,
        \`at\` double not null,
        \`kind\` text not null,
        \`sql\` text not null,
        \`length\` integer not null,
        \`parameters\` text not null,
        \`revision\` text null,
        \`direction\` text null,
        \`ms\` double null,
        \`affected\` integer null,
        \`rows\` integer null,
        \`error\` text null,
        constraint \`statement_run_id_foreign\` foreign key(\`run_id\`) references \`run\`(\`id\`) on delete cascade,
        primary key (\`run_id\`, \`seq\`)
      )`);
  }

  override down(): void {
    this.addSql('drop table `statement`');
    this.addSql('drop table `step`');
    this.addSql('drop table `run`');
  }
}
