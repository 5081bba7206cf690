import { Migration } from '@mikro-orm/migrations';

export class Migration20261130060000_backups extends Migration {
  override up(): void {
    this.addSql('alter table `run` add column `backup` text null');
  }

  override down(): void {
    this.addSql('alter table `run` drop column `backup`');
  }
}
