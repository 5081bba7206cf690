/** A text to read, in a pane that scrolls. */

import type { Line } from '../../presentation/terminal/spans.ts';
import type { Context } from '../commands/command.ts';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { useScroll } from '../scrolling.ts';
import { Rows } from './lines.tsx';
import { innerSize, Pane, type PaneProps } from './pane.tsx';

export interface DocumentPaneProps extends Pick<PaneProps, 'title' | 'note' | 'style'> {
  readonly size: Size;
  readonly context: Context;
  /** Cut to the width inside the pane. */
  readonly lines: readonly Line[];
  /** Scrolling begins anew when this changes. */
  readonly of: unknown;
  readonly focused: boolean;
}

export function DocumentPane(props: DocumentPaneProps) {
  const { title, note = '', style = 'plain', size, context, lines, of, focused } = props;
  const { rows } = innerSize(size);
  const scroll = useScroll(lines.length, rows, of);
  useLayer({ context, handlers: scroll.handlers, focused: true }, focused);
  return (
    <Pane
      title={title}
      note={[note, scroll.note].filter(Boolean).join(' · ')}
      style={style}
      {...size}
      focused={focused}
    >
      <Rows lines={lines.slice(scroll.offset, scroll.offset + rows)} />
    </Pane>
  );
}
