import { Migration } from '@mikro-orm/migrations';

/** When a notification was read, instead of whether. */
export class Migration20251118142000_notification_read_at extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table user_notifications add column read_at datetime null`);
    // Nobody noted the time so far; when it was sent is the earliest that it can have been.
    this.addSql(`
      update user_notifications
      set read_at = (
        select notifications.created_at
        from notifications
        where notifications.id = user_notifications.notification_id
      )
      where read
    `);
    this.addSql(`alter table user_notifications drop column read`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter table user_notifications add column read integer not null default false`);
    this.addSql(`update user_notifications set read = true where read_at is not null`);
    this.addSql(`alter table user_notifications drop column read_at`);
  }
}
