import { Migration } from '@mikro-orm/migrations';

/**
 * Commits by "Ada@Example.org" were not recognised as ada@example.org's. Addresses stay as they
 * were typed; a second column holds what is compared.
 */
export class Migration20260414091000_canonical_emails extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table user_emails add column canonical text null`);
    // Where several rows come to the same, the oldest gets it. The others stay null: to whom such an
    // address belongs is for their owners to settle.
    this.addSql(`
      update user_emails
      set canonical = lower(trim(address))
      where id in (
        select min(id) from user_emails group by lower(trim(address))
      )
    `);
    this.addSql(`create unique index user_emails_canonical_unique on user_emails (canonical)`);
  }

  override async down(): Promise<void> {
    this.addSql(`drop index user_emails_canonical_unique`);
    this.addSql(`alter table user_emails drop column canonical`);
  }
}
