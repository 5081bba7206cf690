import type { WaitedFor } from '../contract/engine-api.ts';
import type { Problem } from '../contract/problem.ts';

/** @param ms how long it was waited for, until the engine was ended */
export function neverCame(waitedFor: WaitedFor, ms: number): Problem {
  const time = `${ms / 1000} s`;
  switch (waitedFor.on) {
    case 'project':
      return {
        code: 'config-failed',
        detail: null,
        what: `The project’s configuration was not loaded within ${time}, so its process was ended.`,
        why: 'Its code, or code that it imports, loops or waits for something.',
        next: [
          'Load it by itself to see where it stays: npx mikro-orm debug',
          'What waits for a network or another process belongs into the application, not into code that is loaded with the configuration.',
        ],
      };
    case 'database':
      return {
        code: 'database-unreachable',
        detail: null,
        what: `The database ${waitedFor.database} did not answer within ${time}.`,
        why: 'The project was loaded, and then its database was asked. Something takes the connection and says nothing, or another session keeps what is read locked.',
        next: [
          'Try it with another client, with the same host, port and user.',
          'Check that host and port are those of the database, and that what stands between (a proxy, a firewall, a tunnel) still leads to it.',
        ],
      };
    case 'revision':
      return {
        code: 'engine-hung',
        detail: null,
        what: `The code of ${waitedFor.name} did not come to its end within ${time}, so its process was ended.`,
        why: 'Previews run a revision on empty results; code that loops until it finds rows never ends then.',
        next: ['The revision can still be run; its SQL then shows in the SQL pane.'],
      };
  }
}
