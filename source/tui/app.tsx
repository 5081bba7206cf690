/** The whole terminal app: header, the open screen, and what lies on top of it. */

import { Box, Text, useApp, useIsScreenReaderEnabled, useWindowSize } from 'ink';
import { useEffect, useMemo, useRef, useState } from 'react';
import { loadHighlighter } from '../presentation/terminal/highlight.ts';
import { styles } from '../presentation/terminal/theme.ts';
import { printablePiece } from '../text/print.ts';
import { cut } from '../text/width.ts';
import { Header } from './components/header.tsx';
import { noFacts } from './facts.ts';
import { Dispatcher, KeyReader, type Layer, useDispatcher, useLayer } from './keys.tsx';
import {
  type Navigation,
  NavigationProvider,
  type Overlay,
  type Screen,
  type Size,
  useNavigation,
} from './navigation.ts';
import { BackupsScreen } from './screens/backups.tsx';
import { ChecklistScreen } from './screens/checklist.tsx';
import { CommitScreen } from './screens/commit.tsx';
import { CompareScreen } from './screens/compare.tsx';
import { DiscardScreen } from './screens/discard.tsx';
import { DoctorScreen } from './screens/doctor.tsx';
import { DraftScreen } from './screens/draft.tsx';
import { HelpScreen } from './screens/help.tsx';
import { MINIMUM } from './screens/layout.ts';
import { LogScreen } from './screens/log.tsx';
import { PaletteScreen } from './screens/palette.tsx';
import { PlanScreen } from './screens/plan.tsx';
import { QuestionScreen } from './screens/question.tsx';
import { RehearsalScreen } from './screens/rehearsal.tsx';
import { KeptReportScreen } from './screens/report.tsx';
import { ResolveScreen } from './screens/resolve.tsx';
import { RevisionsScreen } from './screens/revisions.tsx';
import { SchemaPlanScreen } from './screens/schema-plan.tsx';
import { SchemasScreen } from './screens/schemas.tsx';
import { StatementScreen } from './screens/statement.tsx';
import { UndoRepairScreen } from './screens/undo-repair.tsx';
import { WatchScreen } from './screens/watch.tsx';
import {
  type Services,
  ServicesProvider,
  useNotice,
  useSelected,
  useServices,
} from './services.ts';
import { isCancelling, isRehearsing, isRunning } from './store/state.ts';

/** Everything that is on screen. */
export function App({ services }: { services: Services }) {
  const [dispatcher] = useState(() => new Dispatcher());
  return (
    <ServicesProvider value={services}>
      <KeyReader dispatcher={dispatcher}>
        <Shell />
      </KeyReader>
    </ServicesProvider>
  );
}

/** Screens that others are opened from and lead back to. */
const HOMES: ReadonlySet<Screen> = new Set(['revisions', 'checklist']);

function Shell() {
  const size = useWindowSize();
  // What Esc leads back to, and last the one that is shown.
  const [path, setPath] = useState<readonly Screen[]>(['revisions']);
  const [report, setReport] = useState<number | null>(null);
  const [checklist, setChecklist] = useState<string | null>(null);
  const [overlay, setOverlay] = useState<Overlay | null>(null);
  const navigation = useMemo((): Navigation => {
    const goTo = (next: Screen) =>
      setPath((before) => [
        ...before.filter((screen) => HOMES.has(screen) && screen !== next),
        next,
      ]);
    return {
      screen: path.at(-1) ?? 'revisions',
      overlay,
      report,
      checklist,
      goTo,
      back: () => setPath((before) => (before.length > 1 ? before.slice(0, -1) : before)),
      openReport: (rehearsal) => {
        setReport(rehearsal);
        goTo('report');
      },
      openChecklist: (revision) => {
        setChecklist(revision);
        goTo('checklist');
      },
      open: setOverlay,
      close: () => setOverlay(null),
    };
  }, [path, overlay, report, checklist]);
  // Colours for SQL can wait until something is on screen.
  useEffect(() => {
    const timer = setTimeout(() => void loadHighlighter(), 50);
    return () => clearTimeout(timer);
  }, []);
  const tooSmall = size.columns < MINIMUM.columns || size.rows < MINIMUM.rows;
  return (
    <NavigationProvider value={navigation}>
      <Everywhere />
      {tooSmall && <TooSmall {...size} />}
      <Box display={tooSmall ? 'none' : 'flex'}>
        <Screens {...size} />
      </Box>
    </NavigationProvider>
  );
}

/** The commands that work whatever is open. */
function Everywhere() {
  const { store, session, suspend, quit } = useServices();
  const { open } = useNavigation();
  const dispatcher = useDispatcher();
  const notify = useNotice();
  const armed = useRef(false);
  const { suspendTerminal } = useApp();

  useEffect(() => {
    dispatcher.beforeKey = (id) => {
      if (id !== 'cancel') armed.current = false;
      store.dispatch({ type: 'noticed', notice: null });
    };
    dispatcher.onRefused = (reason) => notify(reason, 'warn');
  }, [dispatcher, store, notify]);

  useLayer({
    context: 'everywhere',
    handlers: {
      cancel: () => {
        const state = store.getState();
        if (isRunning(state)) {
          if (isCancelling(state)) return open({ kind: 'quit' });
          store.dispatch({ type: 'cancel-asked' });
          return session()?.cancel();
        }
        if (armed.current) return quit(0);
        armed.current = true;
        notify('Press Ctrl+C again to quit.');
      },
      suspend: () => {
        if (suspend) void suspend(suspendTerminal);
        else notify('There is no shell to go back to.', 'warn');
      },
      help: () => open({ kind: 'help' }),
      palette: () => open({ kind: 'palette' }),
      quit: () => (isRunning(store.getState()) ? open({ kind: 'quit' }) : quit(0)),
    },
  });
  return null;
}

function Screens({ columns, rows }: Size) {
  const { screen, overlay, report } = useNavigation();
  const warning = useSelected((state) => state.journalProblem);
  const reader = useIsScreenReaderEnabled();
  const body = { columns, rows: rows - 1 - (warning ? 1 : 0) };
  // One row less than the terminal has would scroll; a screen reader reads as much as there is.
  return (
    <Box flexDirection="column" width={columns} height={reader ? undefined : rows}>
      <Header columns={columns} />
      {warning && (
        <Text {...styles.warn} wrap="truncate-end">
          {cut(` ! Not recorded in the journal: ${printablePiece(warning.what)}`, columns)}
        </Text>
      )}
      <Box display={screen === 'revisions' && !overlay ? 'flex' : 'none'}>
        <RevisionsScreen size={body} />
      </Box>
      {screen === 'log' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <LogScreen size={body} />
        </Box>
      )}
      {screen === 'doctor' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <DoctorScreen size={body} />
        </Box>
      )}
      {screen === 'rehearsal' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <RehearsalScreen size={body} />
        </Box>
      )}
      {screen === 'checklist' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <ChecklistScreen size={body} />
        </Box>
      )}
      {screen === 'watch' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <WatchScreen size={body} />
        </Box>
      )}
      {screen === 'schemas' && (
        <Box display={overlay ? 'none' : 'flex'}>
          <SchemasScreen size={body} />
        </Box>
      )}
      {screen === 'report' && report !== null && (
        <Box display={overlay ? 'none' : 'flex'}>
          <KeptReportScreen size={body} id={report} />
        </Box>
      )}
      {overlay && <OverlayScreen overlay={overlay} size={body} />}
    </Box>
  );
}

function OverlayScreen({ overlay, size }: { overlay: Overlay; size: Size }) {
  const { quit, store } = useServices();
  const { close } = useNavigation();
  const dispatcher = useDispatcher();
  const below = useRef<Layer | null>(null);
  // The screen that is covered is what help and palette are about.
  below.current ??= dispatcher.layers().find(isScreen) ?? null;
  const context = below.current?.context ?? 'revisions';
  const facts = below.current?.facts ?? noFacts;
  switch (overlay.kind) {
    case 'help':
      return <HelpScreen size={size} context={context} below={facts} />;
    case 'palette':
      return <PaletteScreen size={size} context={context} below={facts} />;
    case 'backups':
      return <BackupsScreen size={size} />;
    case 'plan':
      return <PlanScreen size={size} request={overlay.request} />;
    case 'schema-plan':
      return <SchemaPlanScreen size={size} {...overlay} />;
    case 'draft':
      return <DraftScreen size={size} blank={overlay.blank} />;
    case 'discard':
      return <DiscardScreen size={size} revision={overlay.revision} />;
    case 'undo-repair':
      return <UndoRepairScreen size={size} revision={overlay.revision} />;
    case 'resolve':
      return <ResolveScreen size={size} halfDone={overlay.halfDone} />;
    case 'compare':
      return <CompareScreen size={size} revision={overlay.revision} />;
    case 'commit':
      return <CommitScreen size={size} revision={overlay.revision} />;
    case 'statement':
      return <StatementScreen size={size} {...overlay} />;
    case 'quit':
      return (
        <QuestionScreen
          size={size}
          title="Quit?"
          text={
            isRehearsing(store.getState())
              ? ['A rehearsal is going on.', 'Cancel it, remove the throwaway, and quit?']
              : ['A run is going.', 'Cancel it, wait until the database is at rest, and quit?']
          }
          onYes={() => quit(130)}
          onNo={close}
        />
      );
  }
}

/** The layer of a whole screen, not of one of its panes. */
function isScreen({ context, focused }: Layer): boolean {
  return SCREENS.has(context) && !focused;
}

const SCREENS: ReadonlySet<Layer['context']> = new Set([
  'revisions',
  'checklist',
  'watch',
  'log',
  'doctor',
  'schemas',
  'rehearsal',
]);

function TooSmall({ columns, rows }: Size) {
  const { quit } = useServices();
  // On top of everything: what can't be seen must not be obeyed.
  useLayer({ context: 'tiny', handlers: { quit: () => quit(0) } });
  const text = `Handrail needs ${MINIMUM.columns}×${MINIMUM.rows}; this terminal is ${columns}×${rows}. q quits.`;
  return (
    <Box width={columns} height={rows} alignItems="center" justifyContent="center">
      <Text wrap="wrap">{text}</Text>
    </Box>
  );
}
