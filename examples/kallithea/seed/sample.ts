import { Random } from './random.ts';
import { REMARKS } from './words.ts';

export type Value = string | number | null;
export type Row = Readonly<Record<string, Value>>;

export const DAY = 24 * 60 * 60 * 1000;
/** The day after the first revision, and a day between the last applied one and the next. */
export const FIRST_DAY = Date.UTC(2024, 2, 5, 8, 0);
export const LAST_DAY = Date.UTC(2025, 10, 10, 18, 0);

/** The rows so far, and what the files beside this one need to make more of them. */
export class Sample {
  readonly random = new Random(20240304);
  /** In the order of insertion: parents come before their children. */
  readonly tables = new Map<string, Row[]>();

  add(table: string, row: Row): void {
    this.#rows(table).push(row);
  }

  /** Keys are given here, and not by the database, since other rows refer to them. */
  addWithId(table: string, row: Row): number {
    const id = this.#rows(table).length + 1;
    this.add(table, { id, ...row });
    return id;
  }

  /** A moment in office hours, more or less, not before `earliest`. */
  moment(earliest = FIRST_DAY): number {
    const day = earliest + Math.floor(this.random.next() * (LAST_DAY - earliest));
    const seconds = this.random.between(7 * 3600, 19 * 3600);
    return Math.min(Math.max(day - (day % DAY) + seconds * 1000, earliest), LAST_DAY);
  }

  maybe<T extends Value>(probability: number, value: () => T): T | null {
    return this.random.chance(probability) ? value() : null;
  }

  flag(probability: number): number {
    return this.random.chance(probability) ? 1 : 0;
  }

  remarks(most: number): string {
    return this.random.sample(REMARKS, this.random.between(1, most)).join('\n\n');
  }

  #rows(table: string): Row[] {
    let rows = this.tables.get(table);
    if (!rows) {
      rows = [];
      this.tables.set(table, rows);
    }
    return rows;
  }
}
