/** What an engine is waiting for, in words, and what it means if that does not come. */

import type { WaitedFor } from '../contract/engine-api.ts';

/** While it goes on: begins in lower case, and ends open. */
export function waitingWords(waitedFor: WaitedFor): string {
  switch (waitedFor.on) {
    case 'project':
      return 'loading the project…';
    case 'database':
      return `reading ${waitedFor.database}…`;
    case 'revision':
      return `previewing ${waitedFor.name}…`;
  }
}
