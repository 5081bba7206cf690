/** How each schema stands, and the walk over them that goes on or went last. */

import { Box } from 'ink';
import { useMemo, useState } from 'react';
import type { PlanRequest } from '../../contract/plan.ts';
import type { ListedSchema } from '../../contract/schemas.ts';
import { schemaStanding } from '../../presentation/schemas.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { count } from '../../text/format.ts';
import { printablePiece } from '../../text/print.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { FilterField } from '../components/filter-field.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { SchemaList } from '../components/schema-list.tsx';
import { SqlPane } from '../components/sql-pane.tsx';
import { afterWalk, walkHeading, walkLines, walkTone } from '../documents/schemas.ts';
import { type Handlers, useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useNotice, useSelected, useServices } from '../services.ts';
import { isWalking } from '../store/state.ts';
import { useSchemas } from '../use-schemas.ts';
import { wordsOf } from './filter.ts';

const NONE: readonly ListedSchema[] = [];

const TO_HEAD: PlanRequest = { direction: 'up', goal: { kind: 'head' } };

export function SchemasScreen({ size }: { size: Size }) {
  const { session, store } = useServices();
  const { open, goTo, back: leave } = useNavigation();
  const notify = useNotice();
  const { reply, again } = useSchemas();
  const walk = useSelected((state) => state.walk);
  const walking = useSelected(isWalking);
  const target = useSelected((state) => state.history?.target ?? null);
  const [cursor, setCursor] = useState(0);
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const [filter, setFilter] = useState('');
  const [typing, setTyping] = useState(false);

  const all = reply?.ok ? reply.value.schemas : NONE;
  const outcomes = useMemo(
    () => new Map((walk?.settled ?? []).map((outcome) => [outcome.schema, outcome])),
    [walk],
  );
  const shown = useMemo(() => {
    const now = all.map((schema) => afterWalk(schema, outcomes.get(schema.name)));
    return filterSchemas(now, filter);
  }, [all, outcomes, filter]);
  const place = Math.max(0, Math.min(cursor, shown.length - 1));
  const selected = shown[place];

  const moveTo = (next: number) => setCursor(Math.max(0, Math.min(next, shown.length - 1)));
  const chosen = all.filter(({ name }) => marked.has(name)).map(({ name }) => name);
  const names = chosen.length > 0 ? chosen : selected ? [selected.name] : [];
  const plan = (request: PlanRequest, over: readonly string[], rehearse = false) =>
    open({ kind: 'schema-plan', names: over, request, rehearse });
  const show = async (schema: string | null) => {
    notify(schema === null ? 'Opening the connection’s own schema…' : `Opening ${schema}…`);
    const answer = await session()?.openSchema(schema);
    if (!answer) return;
    store.dispatch({ type: 'noticed', notice: null });
    goTo('revisions');
  };
  const mark = () => {
    if (!selected) return;
    const next = new Set(marked);
    if (!next.delete(selected.name)) next.add(selected.name);
    setMarked(next);
    moveTo(place + 1);
  };
  const back = () => {
    if (walk && !walking) store.dispatch({ type: 'walk-dismissed' });
    else if (filter) setFilter('');
    else if (marked.size > 0) setMarked(new Set());
    else leave();
  };
  const handlers: Handlers = {
    upgradeSchemas: () => plan(TO_HEAD, names),
    upgradeAllSchemas: () =>
      plan(
        TO_HEAD,
        shown.map(({ name }) => name),
      ),
    rehearseSchemas: () => plan(TO_HEAD, names, true),
    openRehearsal: () => goTo('rehearsal'),
    downgradeSchemas: () => plan({ direction: 'down', goal: { kind: 'steps', steps: 1 } }, names),
    markSchema: mark,
    openStatement: () => selected && !walking && void show(selected.name),
    ownSchema: () => void show(null),
    filter: () => setTyping(true),
    look: again,
    openLog: () => goTo('log'),
    back,
  };
  const facts = useFacts({ schemas: shown.length, filter });
  useLayer({ context: 'schemas', handlers, facts });

  const rows = size.rows - 1;
  const problem = reply?.ok === false ? reply.problem : null;
  const below = walk ? Math.max(6, Math.floor(rows * 0.3)) : 0;
  const sql = walking ? Math.max(4, Math.floor(rows * 0.25)) : 0;
  const pane = { columns: size.columns, rows: rows - below - sql };
  return (
    <Box flexDirection="column">
      {problem ? (
        <DocumentPane
          title="The schemas could not be read"
          style="bad"
          size={pane}
          context="schemas"
          lines={problemLines(problem, { columns: size.columns - 4, details: true })}
          of={problem}
          focused
        />
      ) : (
        <SchemaList
          size={pane}
          title={titleOf(reply?.ok ? reply.value.database : null, filter, shown.length, all.length)}
          schemas={shown}
          none={noneWords(reply === null, filter)}
          cursor={place}
          onMove={moveTo}
          marked={marked}
          open={target?.schema ?? null}
          running={walking ? (walk?.progress?.schema ?? null) : null}
          outcomes={outcomes}
        />
      )}
      {walk && (
        <DocumentPane
          title={walkHeading(walk)}
          style={walkTone(walk)}
          size={{ columns: size.columns, rows: below }}
          context="schemas"
          lines={walkLines(walk, size.columns - 4)}
          of={walk.plan}
          focused={false}
        />
      )}
      {walking && (
        <SqlPane size={{ columns: size.columns, rows: sql }} focused={false} context="schemas" />
      )}
      {typing ? (
        <FilterField
          filter={filter}
          onChange={setFilter}
          onEnd={() => setTyping(false)}
          onMove={(by) => moveTo(place + by)}
        />
      ) : (
        <KeyBar context="schemas" facts={facts} columns={size.columns} />
      )}
    </Box>
  );
}

/** Those that hold every word of the filter, in their name, their state or their revision. */
function filterSchemas(schemas: readonly ListedSchema[], filter: string): readonly ListedSchema[] {
  const words = wordsOf(filter);
  if (words.length === 0) return schemas;
  return schemas.filter((schema) => {
    const { name, current, last } = schema;
    const text = `${name} ${schemaStanding(schema)} ${current ?? ''} ${last?.outcome ?? ''}`;
    return words.every((word) => text.toLowerCase().includes(word));
  });
}

function titleOf(database: string | null, filter: string, shown: number, all: number): string {
  const what = database === null ? 'Schemas' : `Schemas of ${printablePiece(database)}`;
  return filter
    ? `${what} · filter: ${printablePiece(filter)} (${count(shown)} of ${count(all)})`
    : what;
}

function noneWords(reading: boolean, filter: string): string {
  if (reading) return 'reading the schemas…';
  return filter ? 'No schema matches the filter.' : 'No schema has a record of its own yet.';
}
