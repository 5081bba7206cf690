/** Taking backups, and putting them back. */

import type {
  BackedUpTable,
  Backup,
  BackupContent,
  Restored,
  RestoredTable,
} from '../../contract/backup.ts';
import type { SqlConnection } from '../project/mikro-orm.ts';
import type { Location } from './connection.ts';

/** Where backups are made of, or put back. */
interface BackupSite {
  readonly location: Location;
  readonly connection: SqlConnection;
  /** Of the backup. */
  readonly folder: string;
  /** The table that records revisions, with its schema if it has one. */
  readonly table: string;
}

export interface BackupPlace extends BackupSite {
  /** Only tables of this one; null: of all. */
  readonly schema: string | null;
  /** Those that drop or rewrite; null: nobody knows, so that everything is kept. */
  readonly statements: readonly string[] | null;
  /** Just these, whatever the statements are. */
  readonly tables: readonly Pick<BackedUpTable, 'schema' | 'name'>[] | null;
}

export interface RestoreSite extends BackupSite {
  readonly aside: boolean;
}

export interface Backups {
  /** Throws what stands in its way; the caller removes the folder then. */
  make(place: BackupPlace): Promise<BackupContent>;
  /** What restoring would do. `into` is the schema that it makes beside the tables, or null. */
  plan(
    site: RestoreSite,
    backup: Backup,
  ): Promise<{ readonly tables: readonly RestoredTable[]; readonly into: string | null }>;
  /**
   * All of it or nothing.
   *
   * @param keep backs up what is there now, when nothing can change it any more, or as shortly
   *   before as can be; null where nothing is overwritten
   */
  restore(
    site: RestoreSite,
    backup: Backup,
    keep: (() => Promise<Backup>) | null,
  ): Promise<Restored>;
}
