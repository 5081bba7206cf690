/** What the server said, in one row under its statement. */

import { Box, Text } from 'ink';
import type { ServerNotice } from '../../contract/statement.ts';
import { cutLine, line, span } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import { noticeWords } from '../../presentation/words.ts';
import { Row } from './lines.tsx';

export interface NoticeRowProps {
  readonly notice: ServerNotice;
  readonly selected: boolean;
  readonly columns: number;
}

/** `  ↳ notice: relation "author" already exists, skipping` */
export function NoticeRow({ notice, selected, columns }: NoticeRowProps) {
  const style = notice.severity === 'warning' ? 'warn' : 'dim';
  return (
    <Box height={1}>
      <Text {...styles.accent}>{selected ? CURSOR : ' '}</Text>
      <Row
        line={cutLine(line(span('  ↳ ', 'dim'), span(noticeWords(notice), style)), columns - 1)}
      />
    </Box>
  );
}
