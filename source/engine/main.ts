/**
 * The engine's process. Its one argument is {@link EngineOptions} as JSON; it talks over Node's
 * IPC channel, so that whatever the user's code prints stays off the protocol.
 */

import { createBirpc } from 'birpc';
import type { EngineApi, EngineEvents, EngineOptions } from '../contract/engine-api.ts';
import { createEngine } from './engine.ts';
import { watchLoading } from './project/loaded-files.ts';

const options = JSON.parse(process.argv[2] ?? '') as EngineOptions;

// Ctrl+C in the terminal reaches the whole process group; only the supervisor decides.
process.on('SIGINT', () => {});

const remote = createBirpc<EngineEvents, EngineApi>({} as EngineApi, {
  post: (message) => {
    // Whom it would go to may have ended just now; without a listener that is an exception.
    if (process.connected) process.send?.(message, undefined, undefined, () => {});
  },
  on: (listener) => process.on('message', listener),
  // A run takes as long as it takes.
  timeout: -1,
});

watchLoading(options.root);
const engine = createEngine(options, {
  waitsFor: (what) => remote.waitsFor.asEvent(what),
  secretsKnown: (secrets) => remote.secretsKnown.asEvent(secrets),
  waitingForLock: (holder) => remote.waitingForLock.asEvent(holder),
  runStarting: (backup) => remote.runStarting(backup),
  restoreStarting: (saved) => remote.restoreStarting(saved),
  revisionStarted: (name) => remote.revisionStarted.asEvent(name),
  revisionFinished: (name, ms) => remote.revisionFinished.asEvent(name, ms),
  statementStarted: (statement) => remote.statementStarted.asEvent(statement),
  statementsTaken: () => remote.statementsTaken(),
  statementEnded: (statement) => remote.statementEnded.asEvent(statement),
  runRetrying: (retry) => remote.runRetrying.asEvent(retry),
  statementBlocked: (blockers) => remote.statementBlocked.asEvent(blockers),
  statementProgress: (progress) => remote.statementProgress.asEvent(progress),
  serverNotice: (notice) => remote.serverNotice.asEvent(notice),
  noticesOmitted: (omitted) => remote.noticesOmitted.asEvent(omitted),
  rehearsalStep: (step) => remote.rehearsalStep.asEvent(step),
  testWanted: (which, url, target) => remote.testWanted(which, url, target),
});
Object.assign(remote.$functions, engine.api);

// Without a supervisor nobody can see or stop a run: end, and let the database roll back.
process.on('disconnect', () => {
  engine.release();
  process.exit(0);
});
