import { createHash } from 'node:crypto';
import { Migration } from '@mikro-orm/migrations';

/**
 * API keys lay in the table in clear text, so a copy of the database gave everybody's away. From
 * here on only their SHA-256 is kept, with the first characters for people to tell them apart.
 */
export class Migration20250122131500_hash_api_keys extends Migration {
  override async up(): Promise<void> {
    // Read first: addSql() waits until this function has returned, execute() doesn't.
    const keys = await this.execute('select id, key from api_keys order by id');

    // Null is allowed since SQLite can't add a column that is neither null nor has a default.
    this.addSql(`alter table api_keys add column key_hash text null`);
    this.addSql(`alter table api_keys add column key_prefix text not null default ''`);
    for (const { id, key } of keys) {
      const hash = createHash('sha256').update(String(key)).digest('hex');
      this.addSql(`update api_keys set key_hash = '${hash}' where id = ${Number(id)}`);
    }
    this.addSql(`update api_keys set key_prefix = substr(key, 1, 8)`);
    this.addSql(`create unique index api_keys_key_hash_unique on api_keys (key_hash)`);

    this.addSql(`drop index api_keys_key_unique`);
    this.addSql(`alter table api_keys drop column key`);
  }

  override async down(): Promise<void> {
    throw new Error('API keys were hashed; the clear text is gone.');
  }
}
