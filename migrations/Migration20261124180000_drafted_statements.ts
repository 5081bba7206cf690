import { Migration } from '@mikro-orm/migrations';

export class Migration20261124180000_drafted_statements extends Migration {
  override up(): void {
    this.addSql('alter table `draft` add column `up` text null');
    this.addSql('alter table `draft` add column `down` text null');
  }

  override down(): void {
    this.addSql('alter table `draft` drop column `down`');
    this.addSql('alter table `draft` drop column `up`');
  }
}
