/** The top row: what is open, and where it stands or what it is doing. */

import { Box, useIsScreenReaderEnabled } from 'ink';
import type { History } from '../../contract/history.ts';
import type { Target } from '../../contract/target.ts';
import { cutLine, type Line, lineWidth, span } from '../../presentation/terminal/spans.ts';
import { count } from '../../text/format.ts';
import { holderWords } from '../../text/phrases.ts';
import { cutMiddle } from '../../text/width.ts';
import { rehearsalEnd, rehearsalProgress } from '../documents/rehearsal.ts';
import { useSelected, useServices } from '../services.ts';
import {
  isRehearsing,
  type RehearsalState,
  type RunState,
  type WalkState,
} from '../store/state.ts';
import { Row } from './lines.tsx';
import { Elapsed, Spinner } from './spinner.tsx';

/** Columns kept for the elapsed time. */
const ELAPSED = 12;

export function Header(props: { columns: number }) {
  const { columns } = props;
  const { project } = useServices();
  const history = useSelected((state) => state.history);
  const looking = useSelected((state) => state.looking);
  const problem = useSelected((state) => state.lookProblem);
  const run = useSelected((state) => state.run);
  const reader = useIsScreenReaderEnabled();
  const rehearsal = useSelected((state) => state.rehearsal);
  const rehearsing = useSelected(isRehearsing);
  const walk = useSelected((state) => state.walk);
  const walking = walk !== null && walk.result === null;
  const running = walking || (run !== null && run.phase !== 'over');
  const going = running || rehearsing;
  const narrow = columns < 100;
  const room = narrow ? Math.floor(columns / 2) : columns - 50;
  const right = walking
    ? walkLine(walk, room)
    : running && run
      ? progressLine(run, room)
      : rehearsing && rehearsal
        ? rehearsalLine(rehearsal, room)
        : [...news(rehearsal, narrow), ...standing(history, problem !== null, narrow)];
  const since = (walking ? walk : running ? run : rehearsal)?.startedAt ?? 0;
  const busy = going || (looking !== null && history !== null);
  const wide = lineWidth(right) + (going ? ELAPSED + 2 : busy ? 2 : 0);
  const left = cutLine(title(history?.target ?? null, project.name), columns - wide - 2);
  return (
    <Box height={1} flexShrink={0} justifyContent={reader ? 'flex-start' : 'space-between'}>
      <Row line={left} />
      <Box gap={1} flexShrink={0}>
        {busy && <Spinner />}
        <Row line={right} />
        {going && <Elapsed since={since} columns={ELAPSED - 2} style="dim" />}
      </Box>
    </Box>
  );
}

/** `handrail  kallithea · prod  ■ protected  postgresql db:5432/shop` */
function title(target: Target | null, fallback: string): Line {
  const name = target?.project ?? fallback;
  const context = target && target.name !== 'default' ? ` · ${target.name}` : '';
  return [
    span(' handrail', 'title'),
    span(`  ${name}${context}`, 'strong'),
    ...(target?.protected == null ? [] : [span('  ■ protected', 'warn')]),
    span(target ? `  ${target.driver} ${target.database}` : '', 'plain'),
  ];
}

/** `● 14 applied  ○ 2 pending  ▲ behind by 2` */
function standing(history: History | null, failed: boolean, narrow: boolean): Line {
  if (!history) return failed ? [span('✗ not read', 'bad'), span(' ')] : [span(' ')];
  const { applied, pending, missing } = history.counts;
  const parts: Line[] = [
    [span('● ', 'good'), span(`${count(applied)}${narrow ? '' : ' applied'}`)],
    [span('○ ', 'warn'), span(`${count(pending)}${narrow ? '' : ' pending'}`)],
  ];
  if (missing > 0) parts.push([span('! ', 'bad'), span(`${count(missing)} missing`)]);
  if (failed) parts.push([span('✗ could not look again', 'bad')]);
  else if (!history.target.exists) parts.push([span('no database yet', 'warn')]);
  else if (pending > 0) parts.push([span('▲ ', 'warn'), span(`behind by ${count(pending)}`)]);
  else if (history.upToDate) parts.push([span('✓ up to date', 'good')]);
  return parts
    .flatMap((part) => [...part, span('  ')])
    .slice(0, -1)
    .concat(span(' '));
}

/** `upgrading 1 of 2 · 20261120_index_changesets` */
function progressLine(run: RunState, columns: number): Line {
  const verb = run.plan.direction === 'up' ? 'upgrading' : 'downgrading';
  const steps = run.plan.steps.length;
  if (run.cancelling) return [span('cancelling…', 'warn')];
  if (run.waiting) {
    const { holder } = run.waiting;
    const who = holder ? ` · ${holderWords(holder)}` : '';
    return cutLine([span('waiting for another run to end', 'warn'), span(who)], columns);
  }
  if (run.phase === 'starting') return [span(`${verb}: starting…`)];
  const done = Math.min(steps, run.finished.size + (run.revision ? 1 : 0));
  const text = `${verb} ${count(Math.max(1, done))} of ${count(steps)}`;
  if (!run.revision) return [span(text, 'accent')];
  return [
    span(text, 'accent'),
    span(` · ${cutMiddle(run.revision, Math.max(8, columns - text.length - 3))}`),
  ];
}

/** `upgrading schema 3 of 20 · acme` */
function walkLine({ kind, progress, cancelling }: WalkState, columns: number): Line {
  if (cancelling) return [span('cancelling…', 'warn')];
  const verb = { up: 'upgrading', down: 'downgrading', rehearse: 'rehearsing' }[kind];
  if (!progress) return [span(`${verb}…`, 'accent')];
  const { at, of, schema } = progress;
  const text = `${verb} schema ${count(at)} of ${count(of)}`;
  return [
    span(text, 'accent'),
    span(` · ${cutMiddle(schema, Math.max(8, columns - text.length - 3))}`),
  ];
}

/** `rehearsing 1 of 2 · 20261120_index_changesets` */
function rehearsalLine(rehearsal: RehearsalState, columns: number): Line {
  if (rehearsal.cancelling) return [span('cancelling…', 'warn')];
  const { text, revision } = rehearsalProgress(rehearsal);
  if (!revision) return [span(`${text}…`, 'accent')];
  return [
    span(text, 'accent'),
    span(` · ${cutMiddle(revision, Math.max(8, columns - text.length - 3))}`),
  ];
}

/** `⚠ rehearsal: hazards`, until it was looked at. */
function news(rehearsal: RehearsalState | null, narrow: boolean): Line {
  const end = rehearsal && !rehearsal.dismissed ? rehearsalEnd(rehearsal) : null;
  if (!end) return [];
  const text = narrow ? end.text.toLowerCase() : `rehearsal: ${end.text.toLowerCase()}`;
  return [span(`${end.symbol} `, end.style), span(text), span('  ')];
}
