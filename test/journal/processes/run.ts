/** Records a run that never ends. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { openJournal } from '../../../source/journal/journal.ts';
import { ended, newRun, started } from '../kit.ts';

const [, , folder = ''] = process.argv;
const journal = await openJournal({ folder, literals: 'cut' });
const run = await journal.startRun(newRun());

for (let seq = 1; ; seq++) {
  journal.statementStarted(run, started(seq));
  // The thousandth never ends, and those after it are being written when the process is killed.
  if (seq !== 1000) journal.statementEnded(run, ended(seq));
  if (seq === 1000) {
    await journal.flush();
    process.send?.('a thousand');
  }
  if (seq % 10 === 0) await nextTurn();
}
