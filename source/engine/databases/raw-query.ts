/** Sends a query on the connection of the run itself, unobserved. */
export type RawQuery = (sql: string) => Promise<readonly Record<string, unknown>[]>;
