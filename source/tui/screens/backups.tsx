/** The backups that were taken, and putting one back after showing what that overwrites. */

import { Box, Text } from 'ink';
import { useMemo, useState } from 'react';
import type { RestorePlan } from '../../contract/backup.ts';
import type { Problem, Reply } from '../../contract/problem.ts';
import { nameTyped } from '../../contract/protection.ts';
import { backupWords, restoreWords } from '../../presentation/backup.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { cutLine, EMPTY, line, span, wrapLines } from '../../presentation/terminal/spans.ts';
import { CURSOR, styles } from '../../presentation/terminal/theme.ts';
import type { ListedBackup } from '../../session/session.ts';
import { count } from '../../text/format.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { KeyBar } from '../components/key-bar.tsx';
import { Row } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import { TextField } from '../components/text-field.tsx';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { movement, useWindowStart } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { useReply } from '../use-reply.ts';

export function BackupsScreen({ size }: { size: Size }) {
  const backups = useBackups();
  const [chosen, setChosen] = useState<ListedBackup | null>(null);
  return chosen ? (
    <Restore size={size} backup={chosen} onBack={() => setChosen(null)} />
  ) : (
    <List size={size} backups={backups} onChoose={setChosen} />
  );
}

function List(props: {
  size: Size;
  backups: readonly ListedBackup[] | null;
  onChoose: (backup: ListedBackup) => void;
}) {
  const { size, backups, onChoose } = props;
  const { close } = useNavigation();
  const [cursor, setCursor] = useState(0);
  const facts = useFacts({});
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  const all = backups ?? [];
  const place = Math.max(0, Math.min(cursor, all.length - 1));
  const start = useWindowStart(place, inner.rows, all.length);
  const move = (to: number) => setCursor(Math.max(0, Math.min(to, all.length - 1)));
  useLayer({
    context: 'backups',
    facts,
    handlers: {
      ...movement((delta) => move(place + delta), move, { count: all.length, height: inner.rows }),
      restore: () => {
        const backup = all[place];
        if (backup) onChoose(backup);
      },
      back: close,
      close,
    },
  });
  return (
    <Box flexDirection="column">
      <Pane title="Backups" note={backups ? count(all.length) : ''} {...pane} focused>
        {backups === null && <Spinner />}
        {backups?.length === 0 && <Text>No backup was taken in this project yet.</Text>}
        <Box flexDirection="column">
          {all.slice(start, start + inner.rows).map((backup, index) => (
            <Row
              key={backup.id}
              line={cutLine(
                [
                  span(start + index === place ? CURSOR : ' ', 'accent'),
                  span(` ${backupWords(backup)}`),
                ],
                inner.columns,
              )}
            />
          ))}
        </Box>
      </Pane>
      <KeyBar
        context="backups"
        facts={facts}
        columns={size.columns}
        only={['restore', 'back', 'up', 'down']}
      />
    </Box>
  );
}

function Restore(props: { size: Size; backup: ListedBackup; onBack: () => void }) {
  const { size, backup, onBack } = props;
  const { session } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  const planned = useReply((session) => session.planRestore(backup.id, false), [backup.id]);
  const [failed, setFailed] = useState<Reply<RestorePlan> | null>(null);
  const reply = failed ?? planned;
  const [busy, setBusy] = useState(false);
  const [naming, setNaming] = useState(false);
  const columns = confirmationColumns(size);
  const lines = useMemo(
    () => (reply ? linesOf(reply, backup, columns) : []),
    [reply, backup, columns],
  );
  const plan = reply?.ok && !busy ? reply.value : null;
  const restore = async (target?: string) => {
    const open = session();
    if (!open || !plan) return;
    setNaming(false);
    setBusy(true);
    const answer = await open.restore(plan, { target });
    setBusy(false);
    if (!answer.ok) return setFailed(answer);
    close();
    const { saved } = answer.value;
    notify(`Restored ${backup.id}.${saved ? ` What was there before is ${saved.id}.` : ''}`);
  };
  const [name = ''] = plan?.target.names ?? [];
  const refused = reply?.ok === false;
  if (naming) {
    return (
      <Box flexDirection="column" paddingTop={1}>
        <TextField
          label={`Type ${name} to restore it: `}
          onDismiss={() => setNaming(false)}
          onAccept={(text) => {
            const typed = plan && nameTyped(plan.target, text);
            if (typed) void restore(typed);
            else notify(`Nothing was restored: that is not ${name}.`, 'warn');
          }}
        />
        <Text {...styles.dim}>Esc leaves it as it is.</Text>
      </Box>
    );
  }
  return (
    <ConfirmationPane
      size={size}
      title={refused ? 'Refused: everything is as it was' : `Restore ${backup.id}`}
      style={refused ? 'bad' : 'warn'}
      lines={lines}
      of={reply}
      busy={busy ? 'restoring…' : reply ? null : 'comparing…'}
      question={plan ? `Overwrite ${plan.target.database}?` : null}
      onYes={() => (plan?.target.protected == null ? void restore() : setNaming(true))}
      onNo={onBack}
    />
  );
}

function linesOf(reply: Reply<RestorePlan>, backup: ListedBackup, columns: number) {
  if (!reply.ok) return problemLines(reply.problem satisfies Problem, { columns, details: true });
  const { protected: why } = reply.value.target;
  return wrapLines(
    [
      line(span(backupWords(backup), 'strong')),
      ...(why === null ? [] : [line(span(`■ protected: ${why}`, 'warn'))]),
      EMPTY,
      ...restoreWords(reply.value).map((words) => line(span(words))),
    ],
    columns,
  );
}

/** Null until they are there. */
function useBackups(): readonly ListedBackup[] | null {
  const reply = useReply((session) => session.backups(), []);
  if (!reply) return null;
  return reply.ok ? reply.value : [];
}
