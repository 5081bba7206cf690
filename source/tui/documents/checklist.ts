/** A checklist on screen: its rows, and what is to know of one step. */

import {
  type Checklist,
  type ChecklistState,
  type ChecklistStep,
  type ChecklistStepName,
  trialOf,
} from '../../contract/checklist.ts';
import type { History } from '../../contract/history.ts';
import type { PlanRequest } from '../../contract/plan.ts';
import type { Revision } from '../../contract/revision.ts';
import { stateMarks, stepWords } from '../../presentation/checklist.ts';
import {
  EMPTY,
  type Line,
  line,
  span,
  spread,
  wrapLines,
} from '../../presentation/terminal/spans.ts';
import type { Style } from '../../presentation/terminal/theme.ts';
import { ago } from '../../text/format.ts';
import { revisionNow, type State, stepNow } from '../store/state.ts';

const TONES: Readonly<Record<ChecklistState, Style>> = {
  todo: 'plain',
  done: 'good',
  failed: 'bad',
  stale: 'warn',
  skipped: 'dim',
};

/** What one key does for a step. */
export type StepAction =
  | { readonly kind: 'plan'; readonly request: PlanRequest }
  | { readonly kind: 'watch' | 'draft' | 'compare' | 'edit' | 'rehearse' | 'report' | 'commit' }
  | { readonly kind: 'none' };

/** The action, and one sentence that says what it does, or why there is none. */
export function actionOf(
  step: ChecklistStep,
  revision: Revision | null,
  history: History,
): { readonly action: StepAction; readonly words: string } {
  const none = (words: string) => ({ action: { kind: 'none' }, words }) as const;
  const act = (action: StepAction, words: string) => ({ action, words });
  switch (step.name) {
    case 'current': {
      if (step.state === 'done') return none('There is nothing to upgrade before it.');
      const before = lastPendingBefore(history, revision);
      if (!before) return none('Bring back the files that are missing.');
      const request = upTo(before);
      return act({ kind: 'plan', request }, 'Enter shows the plan that upgrades the target.');
    }
    case 'change':
      return act({ kind: 'watch' }, 'Enter watches them while you edit: what would the draft be?');
    case 'draft':
      if (!revision) return act({ kind: 'draft' }, 'Enter drafts it.');
      return revision.flags.includes('draft')
        ? act({ kind: 'compare' }, 'Enter shows what was changed since.')
        : none('');
    case 'edit':
      return revision?.file ? act({ kind: 'edit' }, 'Enter opens it in your editor.') : none('');
    case 'commit':
      if (!revision) return none('First comes the draft.');
      if (step.state === 'done' && revision.state === 'pending') {
        const request = upTo(revision.name);
        return act({ kind: 'plan', request }, 'Enter shows the plan that upgrades the target.');
      }
      if (step.state === 'done') return none('There is nothing more to do.');
      return act({ kind: 'commit' }, 'Enter shows what belongs together.');
    default:
      return trial(step, revision, history);
  }
}

function trial(step: ChecklistStep, revision: Revision | null, history: History) {
  if (!revision) return { action: { kind: 'none' }, words: 'First comes the draft.' } as const;
  if (step.state === 'failed' && revision.rehearsal) {
    const words = 'Enter opens the report of the rehearsal, with its repairs; R rehearses again.';
    return { action: { kind: 'report' }, words } as const;
  }
  if (step.name === 'downgrade' && history.current === revision.name) {
    const request = { direction: 'down', goal: { kind: 'steps', steps: 1 } } as const;
    const words = 'Enter shows the plan that downgrades the target; R rehearses it instead.';
    return { action: { kind: 'plan', request }, words } as const;
  }
  if (step.name === 'upgrade-again' && revision.state === 'pending' && !revision.rehearsal) {
    const request = upTo(revision.name);
    const words = 'Enter shows the plan that upgrades the target; R rehearses it instead.';
    return { action: { kind: 'plan', request }, words } as const;
  }
  return {
    action: { kind: 'rehearse' },
    words: 'Enter rehearses it on a copy of the target: up, test, down, up again.',
  } as const;
}

function upTo(revision: string): PlanRequest {
  return { direction: 'up', goal: { kind: 'to', revision } };
}

function lastPendingBefore({ revisions }: History, revision: Revision | null): string | null {
  const place = revisions.findIndex(({ name }) => name === revision?.name);
  const before = place === -1 ? revisions : revisions.slice(0, place);
  return before.findLast(({ state }) => state === 'pending')?.name ?? null;
}

/** Of a step, after its symbol: `Clean the draft up        stale`. */
export function stepLine({ name, state }: ChecklistStep, columns: number, strong: boolean): Line {
  const word = state === 'failed' || state === 'stale' || state === 'skipped' ? state : '';
  return spread(
    [span(` ${stepWords[name].title}`, strong ? 'strong' : 'plain')],
    word ? [span(word, TONES[state])] : [],
    columns,
  );
}

export function stepSymbol({ state }: ChecklistStep): { symbol: string; style: Style } {
  return { symbol: stateMarks[state], style: TONES[state] };
}

/** Lines of at most `columns`: what was found, what there is to do, why. */
export function stepDetail(
  { name, state, evidence, at }: ChecklistStep,
  words: string,
  { columns, now, running }: { columns: number; now: number; running: boolean },
): readonly Line[] {
  const when = at === null ? '' : ` · ${ago(Date.parse(at), now)}`;
  const told = running ? 'running' : state === 'todo' ? 'to do' : state;
  return wrapLines(
    [
      line(span(`${stateMarks[state]} ${told}`, TONES[state]), span(when, 'dim')),
      ...(evidence ? [line(span(evidence))] : []),
      ...(words ? [EMPTY, line(span(words, 'accent'))] : []),
      EMPTY,
      line(span(stepWords[name].explanation, 'dim')),
    ],
    columns,
  );
}

/** The step that is being done now: by the rehearsal or the run that is going. */
export function stepGoing(state: State, { revision, steps }: Checklist): ChecklistStepName | null {
  const { run, rehearsal } = state;
  if (revision === null) return null;
  if (run && run.phase !== 'over' && run.revision === revision) {
    if (run.plan.direction === 'down') return 'downgrade';
    const upgraded = steps.find(({ name }) => name === 'upgrade')?.state === 'done';
    return upgraded ? 'upgrade-again' : 'upgrade';
  }
  if (rehearsal && revisionNow(state) === revision) {
    const step = stepNow(rehearsal)?.step;
    return step ? trialOf(step) : null;
  }
  return null;
}
