import type { RepairChoice } from '../../contract/rehearsal.ts';
import type { StatementError } from '../../contract/statement.ts';
import { plural } from '../../text/format.ts';
import type { DialectFinding } from './analysis.ts';

/** Of yes or no: rows are deleted, or it is a guess. */
export const DECISION: RepairChoice = { name: null, proposed: null };

/** What has to be said of every finding; the rest may be missing. */
export type FindingFacts = Pick<DialectFinding, 'kind' | 'severity' | 'what'> &
  Partial<DialectFinding>;

/** What a database says of an error beside its message. */
export function detailsOf({ detail, hint }: StatementError): readonly string[] {
  return [detail, hint].filter((text) => text !== null);
}

export function findingOf(facts: FindingFacts): DialectFinding {
  return {
    why: '',
    table: null,
    column: null,
    rows: null,
    keys: [],
    statement: null,
    details: [],
    repairs: [],
    ...facts,
  };
}

/** Of rows that refer to nothing. @param parent what they refer to */
export function orphanWords(rows: number, table: string, parent: string): string {
  return `${plural(rows, 'row')} of ${table} ${rows === 1 ? 'refers' : 'refer'} to rows of ${parent} that do not exist.`;
}
