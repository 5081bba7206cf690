/** What statements of a preview are handed to. */

/** A driver whose one connection answers every statement with no rows. */
export function recordingDriver(record: (sql: string) => void) {
  const connection = {
    async executeQuery(query: { readonly sql: string }) {
      record(query.sql);
      return { rows: [], numAffectedRows: 0n };
    },
    async *streamQuery(query: { readonly sql: string }) {
      record(query.sql);
      yield { rows: [] };
    },
  };
  const nothing = async () => {};
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    savepoint: nothing,
    rollbackToSavepoint: nothing,
    releaseSavepoint: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
}
