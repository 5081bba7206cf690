/** Things that move while something is going on; only they are drawn again as time passes. */

import { Text, useAnimation, useIsScreenReaderEnabled } from 'ink';
import { looks, SPINNER, type Tone } from '../../presentation/terminal/theme.ts';
import { duration } from '../../text/format.ts';
import { padStart } from '../../text/width.ts';
import { useServices } from '../services.ts';

export function Spinner(props: { tone?: Tone }) {
  const { tone = 'accent' } = props;
  const reader = useIsScreenReaderEnabled();
  const { frame } = useAnimation({ interval: 100, isActive: !reader });
  if (reader) return null;
  return <Text {...looks[tone]}>{SPINNER[frame % SPINNER.length]}</Text>;
}

/** How long something has been going on. */
export function Elapsed(props: { since: number; columns?: number; tone?: Tone }) {
  const { since, columns = 0, tone = 'plain' } = props;
  const { now } = useServices();
  const reader = useIsScreenReaderEnabled();
  useAnimation({ interval: 100, isActive: !reader });
  // A time that changes ten times a second is nothing to be read aloud.
  if (reader) return null;
  const passed = Math.max(0, now() - since);
  return <Text {...looks[tone]}>{padStart(duration(passed), columns)}</Text>;
}
