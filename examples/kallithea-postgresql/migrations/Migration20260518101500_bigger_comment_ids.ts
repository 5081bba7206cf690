import { Migration } from '@mikro-orm/migrations';

/** Room for more than two thousand million comments: the table is rewritten, which nobody can read meanwhile. */
export class Migration20260518101500_bigger_comment_ids extends Migration {
  override async up(): Promise<void> {
    this.addSql(`alter table comments alter column id type bigint`);
    this.addSql(`alter sequence comments_id_seq as bigint`);
  }

  override async down(): Promise<void> {
    this.addSql(`alter sequence comments_id_seq as integer`);
    this.addSql(`alter table comments alter column id type int`);
  }
}
