/** Shows exactly what a walk over schemas will do, and starts it when the person says so. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import type { Plan, PlanRequest } from '../../contract/plan.ts';
import type { Problem, Reply } from '../../contract/problem.ts';
import { type Consent, whyUnproven } from '../../contract/protection.ts';
import type { SchemaPlan, WalkKind } from '../../contract/schemas.ts';
import { reached, walkTitle } from '../../presentation/schemas.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { NameQuestion } from '../components/name-question.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import { schemaPlanLines } from '../documents/schemas.ts';
import type { CommandId } from '../keymap.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useScroll } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { useHighlight } from '../use-highlight.ts';
import { useReply } from '../use-reply.ts';

export interface SchemaPlanScreenProps {
  readonly size: Size;
  readonly names: readonly string[];
  readonly request: PlanRequest;
  /** The plan is not run but rehearsed. */
  readonly rehearse: boolean;
}

export function SchemaPlanScreen({ size, names, request, rehearse }: SchemaPlanScreenProps) {
  const { session } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  const reply = useSchemaPlan(names, request);
  const [keepGoing, setKeepGoing] = useState(false);
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  // Two rows ask the question, one stands empty above it.
  const room = Math.max(1, inner.rows - 3);
  const highlight = useHighlight();
  const plan = reply?.ok ? reply.value : null;
  const lines = useMemo(() => {
    if (!reply) return [];
    return reply.ok
      ? schemaPlanLines(reply.value, inner.columns, highlight)
      : problemLines(reply.problem, { columns: inner.columns, details: true });
  }, [reply, inner.columns, highlight]);
  const scroll = useScroll(lines.length, room, reply);
  const possible = plan !== null && reached(plan) > 0;

  /** Its target is that of all. */
  const [unnamed, setUnnamed] = useState<Plan | null>(null);
  const walk = (consent: Consent | null = null) => {
    if (!possible) return;
    const strictest = strictestOf(plan);
    if (strictest?.target.protected != null && !rehearse && !consent) return setUnnamed(strictest);
    close();
    const tell = ({ what }: Problem) => notify(what, 'warn');
    void session()
      ?.walkSchemas(plan, { keepGoing, rehearse, ...(consent && { consent }) })
      .then((answer) => !answer.ok && tell(answer.problem));
  };
  const facts = useFacts({ walk: true });
  useLayer({
    context: 'plan',
    facts,
    handlers: {
      ...scroll.handlers,
      // One key for each direction, so that a downgrade is never run by a hasty Enter.
      confirmUp: () => plan?.direction === 'up' && walk(),
      confirmDown: () => plan?.direction === 'down' && walk(),
      keepGoing: () => setKeepGoing(!keepGoing),
      planFirst: () => scroll.handlers.first?.(),
      back: close,
      close,
    },
  });
  const title = plan
    ? possible
      ? `${walkTitle(rehearse ? 'rehearse' : plan.direction, plan)}?`
      : 'Nothing to do'
    : reply
      ? 'Refused: nothing ran'
      : 'Planning';
  const style = reply?.ok === false ? 'bad' : plan?.direction === 'down' ? 'warn' : 'plain';
  return (
    <Box flexDirection="column">
      <Pane title={title} note={scroll.note} {...pane} style={style} focused>
        <Box flexDirection="column" justifyContent="space-between" flexGrow={1}>
          {reply ? (
            <Rows lines={lines.slice(scroll.offset, scroll.offset + room)} />
          ) : (
            <Box gap={1}>
              <Spinner />
              <Text>making the plans…</Text>
            </Box>
          )}
          {unnamed ? (
            <NameQuestion
              plan={unnamed}
              onNamed={(_, consent) => walk(consent)}
              onDismiss={() => setUnnamed(null)}
            />
          ) : (
            possible && (
              <Question kind={rehearse ? 'rehearse' : plan.direction} keepGoing={keepGoing} />
            )
          )}
        </Box>
      </Pane>
      {unnamed ? (
        <KeyBar context="text" facts={facts} columns={size.columns} />
      ) : (
        <KeyBar
          context="plan"
          facts={facts}
          columns={size.columns}
          only={possible ? keysOf(plan) : ['back']}
        />
      )}
    </Box>
  );
}

/** The one of which most has to be said. */
function strictestOf({ groups }: SchemaPlan): Plan | undefined {
  const plans = groups.map(({ plan }) => plan);
  return plans.find((plan) => whyUnproven(plan)) ?? plans[0];
}

function Question({ kind, keepGoing }: { kind: WalkKind; keepGoing: boolean }) {
  const down = kind === 'down';
  const what = { up: 'Run this upgrade?', down: 'Run this downgrade?', rehearse: 'Rehearse it?' };
  return (
    <Box flexDirection="column">
      <Text wrap="truncate-end">
        {kind === 'rehearse' ? 'When a rehearsal is not clean: ' : 'When a schema fails: '}
        <Text {...styles.strong}>
          {keepGoing ? 'go on with the next one' : 'stop, and leave the rest as they are'}
        </Text>
        ; s changes that.
      </Text>
      <Text wrap="truncate-end">
        <Text {...styles.strong}>{what[kind]} </Text>
        <Text {...(down ? styles.warn : styles.good)} bold>
          {down ? 'y runs it' : 'Enter runs it'}
        </Text>
        , Esc does not.
      </Text>
    </Box>
  );
}

function keysOf({ direction }: SchemaPlan): readonly CommandId[] {
  const confirm = direction === 'up' ? 'confirmUp' : 'confirmDown';
  return [confirm, 'keepGoing', 'back', 'up', 'down', 'pageDown'];
}

/** Null until the answer is there. */
function useSchemaPlan(names: readonly string[], request: PlanRequest): Reply<SchemaPlan> | null {
  return useReply((session) => session.planSchemas(names, request), [names, request]);
}
