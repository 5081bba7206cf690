/** Things that move while something is going on; only they are drawn again as time passes. */

import { Text, useAnimation, useIsScreenReaderEnabled } from 'ink';
import { SPINNER, type Style, styles } from '../../presentation/terminal/theme.ts';
import { duration } from '../../text/format.ts';
import { padStart } from '../../text/width.ts';
import { useServices } from '../services.ts';

export function Spinner(props: { style?: Style }) {
  const { style = 'accent' } = props;
  const reader = useIsScreenReaderEnabled();
  const { frame } = useAnimation({ interval: 100, isActive: !reader });
  if (reader) return null;
  return <Text {...styles[style]}>{SPINNER[frame % SPINNER.length]}</Text>;
}

/** How long something has been going on. */
export function Elapsed(props: { since: number; columns?: number; style?: Style }) {
  const { since, columns = 0, style = 'plain' } = props;
  const { now } = useServices();
  const reader = useIsScreenReaderEnabled();
  useAnimation({ interval: 100, isActive: !reader });
  // A time that changes ten times a second is nothing to be read aloud.
  if (reader) return null;
  const passed = Math.max(0, now() - since);
  return <Text {...styles[style]}>{padStart(duration(passed), columns)}</Text>;
}
