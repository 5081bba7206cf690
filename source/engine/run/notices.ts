/** Tells what the server says while the statements of a run are sent. */

import { NOTICE_LIMIT } from '../../contract/statement.ts';
import { redact } from '../../text/redact.ts';
import type { HeardNotice } from '../databases/connection.ts';
import type { Events } from '../events.ts';
import type { Progress } from './run.ts';

/** The first ones of a run; a loop may raise millions, and more than that are only counted. */
export class Notices {
  readonly #events: Pick<Events, 'serverNotice' | 'noticesOmitted'>;
  readonly #progress: Progress;
  #told = 0;
  #omitted = 0;
  #omittedTold = 0;

  constructor(events: Pick<Events, 'serverNotice' | 'noticesOmitted'>, progress: Progress) {
    this.#events = events;
    this.#progress = progress;
  }

  hear(notice: HeardNotice): void {
    const { running, lastStatement } = this.#progress;
    // What Handrail asks for itself is not the run's.
    if (!running || !lastStatement) return;
    if (this.#told < NOTICE_LIMIT) {
      this.#told++;
      const clean = (text: string | null) => text && redact(text);
      void this.#events.serverNotice({
        ...notice,
        message: redact(notice.message),
        detail: clean(notice.detail),
        hint: clean(notice.hint),
        where: clean(notice.where),
        seq: lastStatement.seq,
        at: Date.now(),
      });
    } else if (++this.#omitted === 1) {
      this.tellOmitted();
    }
  }

  /** How many more there were so far; to be called now and then. */
  tellOmitted(): void {
    if (this.#omitted === this.#omittedTold) return;
    this.#omittedTold = this.#omitted;
    void this.#events.noticesOmitted(this.#omitted);
  }
}
