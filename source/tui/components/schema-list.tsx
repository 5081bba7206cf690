/** The schemas that the revisions are applied to, by name. */

import { Box, Text } from 'ink';
import type { SchemaOutcome } from '../../contract/schemas.ts';
import { styles } from '../../presentation/terminal/theme.ts';
import { count } from '../../text/format.ts';
import { printablePiece } from '../../text/print.ts';
import { width } from '../../text/width.ts';
import { type SchemaRow, schemaLine } from '../documents/schemas.ts';
import { useLayer } from '../keys.tsx';
import type { Size } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useServices } from '../services.ts';
import { Row } from './lines.tsx';
import { innerSize, Pane } from './pane.tsx';

export interface SchemaListProps {
  readonly size: Size;
  readonly title: string;
  readonly schemas: readonly SchemaRow['schema'][];
  /** Said when there are none. */
  readonly none: string;
  readonly cursor: number;
  readonly onMove: (place: number) => void;
  readonly marked: ReadonlySet<string>;
  readonly open: string | null;
  readonly running: string | null;
  /** Of the walk on screen, by name. */
  readonly outcomes: ReadonlyMap<string, SchemaOutcome>;
}

/** Columns that a name may take. */
const NAMES = 32;

export function SchemaList(props: SchemaListProps) {
  const { size, title, schemas, none, cursor, onMove, marked, open, running, outcomes } = props;
  const { now } = useServices();
  const inner = innerSize(size);
  const start = useWindowStart(cursor, inner.rows, schemas.length);
  const shown = schemas.slice(start, start + inner.rows);
  const names = Math.min(
    NAMES,
    Math.max(0, ...shown.map(({ name }) => width(printablePiece(name)))),
  );
  useLayer({
    context: 'schemas',
    focused: true,
    handlers: movement((delta) => onMove(cursor + delta), onMove, {
      count: schemas.length,
      height: inner.rows,
    }),
  });
  const note = schemas.length > 0 ? `${count(cursor + 1)}/${count(schemas.length)}` : '';
  return (
    <Pane title={title} note={note} {...size} focused>
      <Box flexDirection="column">
        {schemas.length === 0 && <Text {...styles.dim}>{none}</Text>}
        {shown.map((schema, index) => {
          const row = {
            schema,
            selected: start + index === cursor,
            marked: marked.has(schema.name),
            open: schema.name === open,
            running: schema.name === running,
            outcome: outcomes.get(schema.name) ?? null,
          };
          return <Row key={schema.name} line={schemaLine(row, names, now(), inner.columns)} />;
        })}
      </Box>
    </Pane>
  );
}
