/** Shows what belongs in one commit, and has git commit it with the person's editor and hooks. */

import { Box, Text, useApp } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { CommitDone, CommitProposal } from '../../commit.ts';
import type { Problem, Reply, Revision } from '../../protocol.ts';
import { KeyBar } from '../components/key-bar.tsx';
import { Rows } from '../components/lines.tsx';
import { innerSize, Pane } from '../components/pane.tsx';
import { Spinner } from '../components/spinner.tsx';
import { commitLines } from '../documents/commit.ts';
import { problemLines } from '../documents/problem.ts';
import { useLayer } from '../keys.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useScroll } from '../scrolling.ts';
import { useFacts, useNotice, useServices } from '../services.ts';
import { looks } from '../theme.ts';

export function CommitScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { session } = useServices();
  const { suspendTerminal } = useApp();
  const { close } = useNavigation();
  const notify = useNotice();
  const proposed = useProposal(revision.name);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const reply: Reply<CommitProposal> | null = refused ? { ok: false, problem: refused } : proposed;
  const pane = { columns: size.columns, rows: size.rows - 1 };
  const inner = innerSize(pane);
  // One row asks the question, one stands empty above it.
  const room = Math.max(1, inner.rows - 2);
  const text = useMemo(() => {
    if (!reply) return [];
    return reply.ok
      ? commitLines(reply.value, inner.columns)
      : problemLines(reply.problem, { columns: inner.columns, details: false });
  }, [reply, inner.columns]);
  const scroll = useScroll(text.length, room, reply);
  const possible = reply?.ok === true && !working;

  const commit = async () => {
    const open = session();
    if (!open || !reply?.ok || working) return;
    const proposal = reply.value;
    setWorking(true);
    let done: Reply<CommitDone> | null = null;
    await suspendTerminal(async () => {
      done = await open.commit(proposal, proposal.message, true);
    });
    setWorking(false);
    // What is assigned in a callback is not seen by the compiler.
    const answer = done as Reply<CommitDone> | null;
    if (!answer) return;
    if (!answer.ok) return setRefused(answer.problem);
    close();
    notify(`Committed as ${answer.value.commit}.`);
  };
  const facts = useFacts({});
  useLayer({
    context: 'repair',
    facts,
    handlers: { ...scroll.handlers, yes: () => void commit(), no: close },
  });
  const done = reply?.ok === false && reply.problem.code === 'nothing-to-do';
  const title = reply?.ok === false ? (done ? 'Nothing to commit' : 'Not committed') : 'Commit';
  return (
    <Box flexDirection="column">
      <Pane
        title={title}
        note={scroll.note}
        tone={reply?.ok === false && !done ? 'bad' : 'plain'}
        {...pane}
        focused
      >
        <Box flexDirection="column" justifyContent="space-between" flexGrow={1}>
          {reply && !working ? (
            <Rows lines={text.slice(scroll.offset, scroll.offset + room)} />
          ) : (
            <Box gap={1}>
              <Spinner />
              <Text>{working ? 'committing…' : 'asking git…'}</Text>
            </Box>
          )}
          {possible && (
            <Text {...looks.strong} wrap="truncate-end">
              Commit these files, and edit the message? y: yes n: no
            </Text>
          )}
        </Box>
      </Pane>
      <KeyBar
        context="repair"
        facts={facts}
        columns={size.columns}
        only={possible ? ['yes', 'no', 'up', 'down', 'pageDown'] : ['no']}
      />
    </Box>
  );
}

/** Null until git has answered. */
function useProposal(name: string): Reply<CommitProposal> | null {
  const { session } = useServices();
  const [reply, setReply] = useState<Reply<CommitProposal> | null>(null);
  useEffect(() => {
    let wanted = true;
    void session()
      ?.proposeCommit([name])
      .then((answer) => wanted && setReply(answer));
    return () => {
      wanted = false;
    };
  }, [name, session]);
  return reply;
}
