/** While entities are edited: what the draft would be, and a throwaway to try the application on. */

import { Box } from 'ink';
import { useCallback, useMemo, useState } from 'react';
import type { DraftBase } from '../../contract/draft.ts';
import type { Problem } from '../../contract/problem.ts';
import { BASE_WORDS, otherBase } from '../../presentation/terminal/draft.ts';
import { DocumentPane } from '../components/document-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { buildLines, watchLines, watchNote } from '../documents/watch.ts';
import type { CommandId } from '../keymap.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useFacts, useNotice, useSelected, useServices } from '../services.ts';
import { useWatch } from '../use-watch.ts';

/** Borders, the URL, what it is, and a problem of two lines. */
const BUILD_ROWS = 6;

export function WatchScreen({ size }: { size: Size }) {
  const { session, copy } = useServices();
  const { back, open, overlay, openChecklist } = useNavigation();
  const notify = useNotice();
  const build = useSelected((state) => state.build);
  const [base, setBase] = useState<DraftBase>('target');
  const [details, setDetails] = useState(false);
  const fallBack = useCallback(
    ({ what }: Problem) => {
      setBase('throwaway');
      notify(`${what} So the entities are compared with every revision instead.`);
    },
    [notify],
  );
  const watched = useWatch(base, overlay === null, fallBack);
  const rows = size.rows - 1;
  const lower = { columns: size.columns, rows: Math.min(BUILD_ROWS, Math.floor(rows / 3)) };
  const upper = { columns: size.columns, rows: rows - lower.rows };
  const { columns } = innerSize(upper);
  const { draft, same, at, problem } = watched;
  const lines = useMemo(
    () => watchLines({ draft, same, at, problem }, { columns, details }),
    [draft, same, at, problem, columns, details],
  );
  const want = (seed: boolean) => void session()?.build({ seed });
  const facts = useFacts({
    hasDetails: (problem?.detail ?? null) !== null,
    built: build?.built != null,
  });
  useLayer({
    context: 'watch',
    facts,
    handlers: {
      buildThrowaway: () => (build ? void session()?.build(null) : want(false)),
      seedThrowaway: () => want(!(build?.request.seed ?? false)),
      copyUrl: () => {
        if (!build?.built) return;
        copy(build.built.url);
        notify('Copied the URL.');
      },
      draftBase: () => setBase(otherBase(base)),
      draft: () => open({ kind: 'draft', blank: false }),
      openChecklist: () => openChecklist(null),
      look: () => void session()?.look(),
      toggleWatchDetails: () => setDetails(!details),
      back,
    },
  });
  const inner = innerSize(lower);
  return (
    <Box flexDirection="column">
      <DocumentPane
        size={upper}
        context="watch"
        title={`Watch ─ against ${BASE_WORDS[base]}`}
        note={watchNote(watched)}
        style={problem ? 'bad' : 'plain'}
        lines={lines}
        of={base}
        focused
      />
      <Pane
        title="Throwaway to try the application on"
        note={build?.building ? 'making it…' : ''}
        style={build?.problem ? 'bad' : 'plain'}
        {...lower}
        focused={false}
      >
        <Rows lines={buildLines(build, inner.columns).slice(0, inner.rows)} />
      </Pane>
      <KeyBar context="watch" facts={facts} columns={size.columns} only={KEYS} />
    </Box>
  );
}

const KEYS: readonly CommandId[] = [
  'draft',
  'draftBase',
  'buildThrowaway',
  'seedThrowaway',
  'copyUrl',
  'back',
  'help',
  'quit',
  'toggleWatchDetails',
  'palette',
];
