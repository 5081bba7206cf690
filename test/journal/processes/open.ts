/** Opens the journal of every folder that it is told, records a run, and says how that went. */

import { openJournal } from '../../../source/journal/journal.ts';
import { ended, newRun, started } from '../kit.ts';

process.on('message', async (folder: string) => {
  try {
    const journal = await openJournal({ folder, literals: 'cut' });
    const run = await journal.startRun(newRun({ pid: process.pid }));
    for (let seq = 1; seq <= 50; seq++) {
      journal.statementStarted(run, started(seq));
      journal.statementEnded(run, ended(seq));
    }
    await journal.close();
    process.send?.('recorded');
  } catch (error) {
    process.send?.(String(error instanceof Error ? (error.cause ?? error) : error));
  }
});
process.send?.('ready');
