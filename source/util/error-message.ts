/** The message of anything that was thrown, first line first; never fails. */
export function messageOf(thrown: unknown): string {
  // Node has one error for all addresses of a host, and nothing in it but those of each.
  if (thrown instanceof AggregateError && thrown.message === '') {
    return thrown.errors.map(messageOf).join('; ');
  }
  if (thrown instanceof Error) return thrown.message || thrown.name;
  try {
    return typeof thrown === 'string' ? thrown : `thrown value: ${JSON.stringify(thrown)}`;
  } catch {
    return 'a value that cannot be shown was thrown';
  }
}
