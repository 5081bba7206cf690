/**
 * Sends a query on the connection of the run itself, unobserved.
 *
 * @typeParam Row as the query makes it: nothing checks that
 */
export type RawQuery = <Row = Record<string, unknown>>(sql: string) => Promise<readonly Row[]>;
