/**
 * Replaces the user and password of every URL in a text.
 *
 * Passwords hold `@`, `/` and `:` that nobody encoded, so everything up to the last `@` goes.
 */
export function redactUrls(text: string): string {
  return text.replace(/:\/\/\S+/g, (rest) =>
    HOST_ONLY.test(rest) ? rest : rest.replace(/^[\s\S]*@/, '://…@'),
  );
}

/** Neither user nor password: a host, perhaps with a port, and then the end or a path. */
const HOST_ONLY = /^:\/\/(?:[^/?#:@]*|\[[\da-fA-F:.]*\])(?::\d*)?(?:[/?#]|$)/;
