/** SQLSTATEs that several files ask for: https://www.postgresql.org/docs/current/errcodes-appendix.html */

/** Insufficient privilege. */
export const NOT_ALLOWED = '42501';
export const NO_SUCH_DATABASE = '3D000';
