/** What became of rows and values, and how that is told: the same words for every database. */

import { plural } from '../../text/format.ts';
import type { DialectFinding } from './analysis.ts';
import { type FindingFacts, findingOf } from './finding.ts';

export interface RowDifference {
  readonly rows: number;
  /** Of the first of them. */
  readonly keys: readonly string[];
}

export interface ColumnDifference extends RowDifference {
  /** The name before; `*` where only the row can be told. */
  readonly column: string;
  /** How many of them are NULL now, and were not. */
  readonly toNull: number;
}

export interface TableComparison {
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly lost: RowDifference;
  /** Columns with differences only. */
  readonly columns: readonly ColumnDifference[];
}

/** Of what is dropped: the pass that is judged does not know what the downgrade will do. */
const NOT_COPIED = 'It comes back only if the downgrade computes it from what is left.';

type Repairs = DialectFinding['repairs'];

/** What a loss is put down to; `why` is empty where nothing is known. */
export interface Cause {
  readonly why: string;
  readonly statement: string | null;
  readonly repairs?: Repairs;
}

/**
 * Findings about a table.
 *
 * @param back the downgrade is judged: everything has to be where it was before the upgrade
 */
export class Losses {
  readonly #table: string;
  readonly #back: boolean;

  constructor(table: string, back: boolean) {
    this.#table = table;
    this.#back = back;
  }

  /** Of whom something is said. */
  #rows({ rows }: RowDifference, before: number): string {
    return `${counted(rows, before)} of ${this.#table} ${rows === 1 ? 'is' : 'are'}`;
  }

  rowsDeleted({ lost, rowsBefore }: TableComparison): DialectFinding {
    return this.#notice({
      what: `${this.#rows(lost, rowsBefore)} ${this.#back ? 'not back after up and down' : `gone: statements of the revision delete ${them(lost)}`}.`,
      ...lost,
    });
  }

  rowsLost({ lost, rowsBefore }: TableComparison, cause: Cause): DialectFinding {
    return this.#hazard('rows-lost', {
      what: `${this.#rows(lost, rowsBefore)} lost.`,
      ...cause,
      why: `No statement of the revision deletes from this table. ${cause.why}`.trim(),
      ...lost,
    });
  }

  /** @param cause says all there is to say of why */
  rowsLostByTheWay({ lost, rowsBefore }: TableComparison, cause: Cause): DialectFinding {
    return this.#hazard('rows-lost', {
      what: `${this.#rows(lost, rowsBefore)} lost.`,
      ...cause,
      ...lost,
    });
  }

  /** Deleted by what a foreign key says, with rows that statements delete. */
  rowsFollowed({ lost, rowsBefore }: TableComparison, parents: readonly string[]): DialectFinding {
    return this.#notice({
      what: `${this.#rows(lost, rowsBefore)} gone with the rows of ${parents.join(', ')} that ${lost.rows === 1 ? 'it refers' : 'they refer'} to.`,
      why: 'Their foreign key says so, and the revision takes those rows away.',
      ...lost,
    });
  }

  /** Changed by what a foreign key says. */
  valuesFollowed(difference: ColumnDifference, parents: readonly string[]): DialectFinding {
    return this.#notice({
      what: `${this.#counted(difference)} ${difference.toNull === difference.rows ? 'became NULL' : 'changed'} with the rows of ${parents.join(', ')} that they refer to.`,
      why: 'Their foreign key says so, and the revision takes those rows away or gives them other keys.',
      ...this.#place(difference),
    });
  }

  /** Deleted by triggers of a view that shows them. */
  rowsReacted({ lost, rowsBefore }: TableComparison, views: readonly string[]): DialectFinding {
    return this.#notice({
      what: `${this.#rows(lost, rowsBefore)} gone: triggers of ${views.join(', ')} delete ${them(lost)} for statements of the revision.`,
      ...lost,
    });
  }

  /** Changed by triggers of the table, in rows that statements of the revision change. */
  valuesReacted(difference: ColumnDifference, tables: readonly string[]): DialectFinding {
    return this.#notice({
      what: `${this.#counted(difference)} changed: triggers of ${tables.join(', ')} change them for statements of the revision.`,
      ...this.#place(difference),
    });
  }

  /** Whether they can be brought back is known only after the downgrade. */
  converted(
    difference: ColumnDifference,
    [before, after]: readonly [string, string],
  ): DialectFinding {
    return this.#notice({
      what: `${this.#counted(difference)} ${difference.rows === 1 ? 'is' : 'are'} converted from ${before} to ${after}.`,
      why: 'Whether the downgrade gives them back is measured after it.',
      ...this.#place(difference),
    });
  }

  valuesChanged(difference: ColumnDifference): DialectFinding {
    const { rows } = difference;
    return this.#notice({
      what: `${this.#counted(difference)} ${this.#back ? `${rows === 1 ? 'is' : 'are'} not what ${rows === 1 ? 'it was' : 'they were'} before the upgrade.` : 'changed: statements of the revision change them.'}`,
      ...this.#place(difference),
    });
  }

  valuesLost(difference: ColumnDifference, cause: Cause): DialectFinding {
    const { rows, toNull } = difference;
    return this.#hazard('values-lost', {
      what: `${this.#counted(difference)} ${toNull === rows ? 'became NULL' : 'changed'}.`,
      ...cause,
      why: `No statement of the revision changes this column. ${cause.why}`.trim(),
      ...this.#place(difference),
    });
  }

  /** @param cause says all there is to say of why */
  valuesLostByTheWay(difference: ColumnDifference, cause: Cause): DialectFinding {
    const { rows, toNull } = difference;
    return this.#hazard('values-lost', {
      what: `${this.#counted(difference)} ${toNull === rows ? 'became NULL' : 'changed'}.`,
      ...cause,
      ...this.#place(difference),
    });
  }

  /** @param types of before and after */
  retyped(
    difference: ColumnDifference,
    [before, after]: readonly [string, string],
    why: string,
  ): DialectFinding {
    return this.#hazard('narrowed', {
      what: `${this.#counted(difference)} ${difference.rows === 1 ? 'is' : 'are'} different after its type changed ${before === after ? 'and changed back' : `from ${before} to ${after}`}.`,
      why,
      ...this.#place(difference),
    });
  }

  /** After the downgrade. */
  tableNotBack(rows: number): DialectFinding {
    return this.#notice({
      what: `Table ${this.#table} is not back, which had ${plural(rows, 'row')}.`,
      rows,
    });
  }

  /** After the downgrade. */
  columnNotBack(column: string, values: RowDifference): DialectFinding {
    return this.#notice({
      what: `Column ${this.#table}.${column} is not back, which had ${plural(values.rows, 'value')}.`,
      column,
      ...values,
    });
  }

  columnDropped(column: string, values: RowDifference, advice: string | null): DialectFinding {
    return this.#notice({
      what: `Column ${this.#table}.${column} is dropped with ${plural(values.rows, 'value')}.`,
      why: advice ?? NOT_COPIED,
      column,
      ...values,
    });
  }

  /** @param candidates columns that were added beside it, and have none of its values */
  columnDroppedForOthers(
    column: string,
    values: RowDifference,
    candidates: readonly string[],
    repairs: Repairs,
  ): DialectFinding {
    return this.#hazard('rename-lost', {
      what: `Column ${this.#table}.${column} is dropped with ${plural(values.rows, 'value')}, and ${candidates.join(', ')} ${candidates.length === 1 ? 'is' : 'are'} added without them.`,
      why: `It may have been renamed: the generator drops one column and adds another. ${howToDrop(`${this.#table}.${column}`)}`,
      repairs,
      column,
      ...values,
    });
  }

  /** A table that a statement takes along without its name. */
  droppedAlong(rows: number, cause: Cause): DialectFinding {
    return this.#hazard('rows-lost', {
      what: `Table ${this.#table} is dropped with ${plural(rows, 'row')}.`,
      ...cause,
      why: `No statement of the revision names it. ${cause.why}`.trim(),
      rows,
    });
  }

  /** The same of a column. */
  columnDroppedAlong(column: string, values: RowDifference, cause: Cause): DialectFinding {
    return this.#hazard('values-lost', {
      what: `Column ${this.#table}.${column} is dropped with ${plural(values.rows, 'value')}.`,
      ...cause,
      why: `No statement of the revision names it. ${cause.why}`.trim(),
      column,
      ...values,
    });
  }

  dropped(rows: number): DialectFinding {
    return this.#notice({
      what: `Table ${this.#table} is dropped with ${plural(rows, 'row')}.`,
      why: NOT_COPIED,
      rows,
    });
  }

  /** @param twin looks like it, and is empty */
  droppedForTwin(rows: number, twin: string, repairs: Repairs): DialectFinding {
    return this.#hazard('table-rename-lost', {
      what: `Table ${this.#table} is dropped with ${plural(rows, 'row')}, and ${twin}, which looks like it, is created empty.`,
      why: `The generator does not see that a table was renamed: it drops one and creates another. ${howToDrop(this.#table)}`,
      repairs,
      rows,
    });
  }

  /** Where it can't be told which column it is, rows are counted. */
  #counted({ column, rows }: ColumnDifference): string {
    return column === '*'
      ? `${plural(rows, 'row')} of ${this.#table}`
      : `${plural(rows, 'value')} of ${this.#table}.${column}`;
  }

  #place({ column, rows, keys }: ColumnDifference) {
    return { column: column === '*' ? null : column, rows, keys };
  }

  #notice(facts: Omit<FindingFacts, 'kind' | 'severity'>): DialectFinding {
    return findingOf({
      kind: 'changed-on-purpose',
      severity: 'notice',
      table: this.#table,
      ...facts,
    });
  }

  #hazard(
    kind: DialectFinding['kind'],
    facts: Omit<FindingFacts, 'kind' | 'severity'>,
  ): DialectFinding {
    return findingOf({ kind, severity: 'hazard', table: this.#table, ...facts });
  }
}

function howToDrop(name: string): string {
  return `If it goes for good, say so in the revision: // handrail: drop ${name}`;
}

interface Judged {
  readonly findings: readonly DialectFinding[];
  readonly rowsLost: number;
}

/**
 * What a revision says to drop for good was not renamed, whatever is new beside it.
 *
 * @param forGood names of tables and columns, as findings have them
 */
export function withDeclared({ findings, rowsLost }: Judged, forGood: readonly string[]): Judged {
  let rowsMeant = 0;
  const declared = findings.map((finding) => {
    const { kind, table, column, rows, keys } = finding;
    if (table === null || rows === null) return finding;
    const losses = new Losses(table, false);
    if (kind === 'table-rename-lost' && forGood.includes(table)) {
      rowsMeant += rows;
      return losses.dropped(rows);
    }
    return kind === 'rename-lost' && column !== null && forGood.includes(`${table}.${column}`)
      ? losses.columnDropped(column, { rows, keys }, null)
      : finding;
  });
  return { findings: declared, rowsLost: rowsLost - rowsMeant };
}

function counted(rows: number, of: number): string {
  return `${rows.toLocaleString('en')} of ${plural(of, 'row')}`;
}

/** A new table that has most columns of one that is gone. */
export function twinOf<T extends { readonly columns: readonly string[] }>(
  columns: readonly string[],
  created: readonly T[],
): T | undefined {
  const names = new Set(columns.map((name) => name.toLowerCase()));
  return created.find((candidate) => {
    const shared = candidate.columns.filter((name) => names.has(name.toLowerCase())).length;
    return shared > 0 && shared >= 0.8 * Math.max(candidate.columns.length, names.size);
  });
}

function them({ rows }: RowDifference): string {
  return rows === 1 ? 'it' : 'them';
}
