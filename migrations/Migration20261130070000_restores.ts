import { Migration } from '@mikro-orm/migrations';

export class Migration20261130070000_restores extends Migration {
  override up(): void {
    this.addSql('alter table `run` add column `restored` text null');
  }

  override down(): void {
    this.addSql('alter table `run` drop column `restored`');
  }
}
