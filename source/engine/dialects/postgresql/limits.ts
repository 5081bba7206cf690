/** Limits that somebody set for all sessions, and that some of Handrail's must exceed. */

/**
 * Of roles, databases and projects: a copy or a comparison of all rows takes long, and the session
 * that holds the lock of a run has nothing to do. Not each version of the server has each of them.
 */
export const WITHOUT_LIMITS = `select set_config(name, '0', false) from pg_settings
  where name in ('statement_timeout', 'transaction_timeout', 'idle_session_timeout',
    'idle_in_transaction_session_timeout')`;
