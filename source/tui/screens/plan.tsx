/** Shows exactly what a run will do, and runs it when the person says so. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import type { Plan, PlanRequest } from '../../contract/plan.ts';
import { guardedPlan } from '../../contract/plan-difference.ts';
import type { Reply } from '../../contract/problem.ts';
import { type Consent, whyUnproven } from '../../contract/protection.ts';
import { guardedQuestion, planLines, planTitle } from '../../presentation/terminal/plan.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { NameQuestion } from '../components/name-question.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import type { CommandId } from '../keymap.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useScroll } from '../scrolling.ts';
import { useFacts, useServices } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';
import { useRehearse } from '../use-rehearse.ts';
import { useReply } from '../use-reply.ts';

export function PlanScreen(props: { size: Size; request: PlanRequest }) {
  const { size, request } = props;
  const { session, store } = useServices();
  const { close } = useNavigation();
  const planned = usePlan(request);
  /** What the person says; null leaves it to the settings. */
  const [backup, setBackup] = useState<boolean | null>(null);
  const reply = useMemo(
    (): typeof planned =>
      planned?.ok && backup !== null
        ? { ...planned, value: { ...planned.value, backup } }
        : planned,
    [planned, backup],
  );
  const [details, setDetails] = useState(false);
  const [asking, setAsking] = useState(false);
  /** What is run as soon as the target is named. */
  const [unnamed, setUnnamed] = useState<Plan | null>(null);
  const rehearse = useRehearse();
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  // One row asks the question, one stands empty above it.
  const room = Math.max(1, inner.rows - 2);
  const highlight = useHighlight();
  const lines = useMemo(() => {
    if (!reply) return [];
    return reply.ok
      ? planLines(asking ? guardedPlan(reply.value) : reply.value, inner.columns, highlight)
      : problemLines(reply.problem, { columns: inner.columns, details });
  }, [reply, asking, inner.columns, highlight, details]);
  const scroll = useScroll(lines.length, room, planned);

  const run = (plan: Plan, consent: Consent = {}) => {
    const open = session();
    if (!open) return;
    store.dispatch({ type: 'run-asked', plan });
    close();
    void open.run(plan, consent).then((answer) => {
      if (!answer.ok) store.dispatch({ type: 'run-refused', problem: answer.problem });
    });
  };
  const confirm = (plan: Plan) => (plan.target.protected === null ? run(plan) : setUnnamed(plan));
  const plan = reply?.ok ? reply.value : null;
  const unproven = plan !== null && whyUnproven(plan) !== null;
  const hazards = plan?.hazards.length ?? 0;
  const facts = useFacts({
    hazards,
    unproven,
    hasDetails: reply?.ok === false && reply.problem.detail !== null,
  });
  useLayer({
    context: 'plan',
    facts,
    handlers: {
      ...scroll.handlers,
      // One key for each direction, so that a downgrade is never run by a hasty Enter.
      confirmUp: () => plan?.direction === 'up' && confirm(plan),
      confirmDown: () => plan?.direction === 'down' && confirm(plan),
      runGuarded: () => setAsking(true),
      toggleBackup: () => plan?.target.exists && setBackup(!plan.backup),
      rehearseDowngrade: () => {
        close();
        rehearse({ revisions: [], bases: ['target'], downgrade: request.goal });
      },
      planFirst: () => scroll.handlers.first?.(),
      toggleDetails: () => setDetails(!details),
      back: close,
      close,
    },
  });

  // Once more, since what other runners would lose is not to be seen from a hasty key.
  const asked = asking && plan !== null;
  useLayer(
    {
      context: 'question',
      facts,
      handlers: {
        yes: () => plan && confirm(guardedPlan(plan)),
        no: () => setAsking(false),
      },
    },
    asked && unnamed === null,
  );

  const title = plan ? planTitle(plan) : reply ? 'Refused: nothing ran' : 'Planning';
  const style =
    reply?.ok === false || hazards > 0 ? 'bad' : plan?.direction === 'down' ? 'warn' : 'plain';
  return (
    <Box flexDirection="column">
      <Pane title={title} note={scroll.note} {...pane} style={style} focused>
        <Box flexDirection="column" justifyContent="space-between" flexGrow={1}>
          {reply ? (
            <Rows lines={lines.slice(scroll.offset, scroll.offset + room)} />
          ) : (
            <Box gap={1}>
              <Spinner />
              <Text>making the plan…</Text>
            </Box>
          )}
          {unnamed ? (
            <NameQuestion plan={unnamed} onNamed={run} onDismiss={() => setUnnamed(null)} />
          ) : (
            plan && (asked ? <GuardedQuestion plan={plan} /> : <Question plan={plan} />)
          )}
        </Box>
      </Pane>
      {unnamed ? (
        <KeyBar context="text" facts={facts} columns={size.columns} />
      ) : asked ? (
        <KeyBar context="question" facts={facts} columns={size.columns} />
      ) : (
        <KeyBar context="plan" facts={facts} columns={size.columns} only={keysOf(reply)} />
      )}
    </Box>
  );
}

function Question({ plan }: { plan: Plan }) {
  const up = plan.direction === 'up';
  if (plan.hazards.length > 0) {
    return (
      <Text wrap="truncate-end">
        <Text {...styles.bad} bold>
          Rows would be lost.{' '}
        </Text>
        <Text {...styles.strong}>g runs it guarded</Text>, Esc does not.
      </Text>
    );
  }
  return (
    <Text wrap="truncate-end">
      <Text {...styles.strong}>{up ? 'Run this upgrade? ' : 'Run this downgrade? '}</Text>
      <Text {...(up ? styles.good : styles.warn)} bold>
        {up ? 'Enter runs it' : 'y runs it'}
      </Text>
      {plan.target.protected === null ? ', ' : ' after its name was typed, '}
      {whyUnproven(plan) && 'r rehearses it first, '}
      Esc does not.
    </Text>
  );
}

function GuardedQuestion({ plan }: { plan: Plan }) {
  return (
    <Text {...styles.warn} wrap="truncate-end">
      {guardedQuestion(plan)}
    </Text>
  );
}

function keysOf(reply: Reply<Plan> | null): readonly CommandId[] {
  if (!reply) return ['back'];
  if (!reply.ok) return ['toggleDetails', 'back'];
  const { direction, hazards } = reply.value;
  const plain = direction === 'up' ? 'confirmUp' : 'confirmDown';
  return [
    hazards.length > 0 ? 'runGuarded' : plain,
    ...(whyUnproven(reply.value) ? (['rehearseDowngrade'] as const) : []),
    'toggleBackup',
    'back',
    'up',
    'down',
    'pageDown',
  ];
}

/** Null until the answer is there. */
function usePlan(request: PlanRequest): Reply<Plan> | null {
  return useReply((session) => session.plan(request), [request]);
}
