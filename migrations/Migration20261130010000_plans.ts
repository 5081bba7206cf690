import { Migration } from '@mikro-orm/migrations';

export class Migration20261130010000_plans extends Migration {
  override up(): void {
    this.addSql(`
      create table \`rehearsed_plan\` (
        \`rehearsal_id\` integer not null,
        \`position\` integer not null,
        \`base\` text not null,
        \`verdict\` text not null,
        \`hash\` text not null,
        \`inputs\` text not null,
        constraint \`rehearsed_plan_rehearsal_id_foreign\` foreign key(\`rehearsal_id\`) references \`rehearsal\`(\`id\`) on delete cascade,
        primary key (\`rehearsal_id\`, \`position\`)
      )`);
  }

  override down(): void {
    this.addSql('drop table `rehearsed_plan`');
  }
}
