/** Shows what belongs in one commit, and has git commit it with the person's editor and hooks. */

import { useApp } from 'ink';
import { useEffect, useMemo, useState } from 'react';
import type { CommitDone, CommitProposal } from '../../contract/commit.ts';
import type { Problem, Reply } from '../../contract/problem.ts';
import type { Revision } from '../../contract/revision.ts';
import { commitLines } from '../../presentation/terminal/commit.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useNotice, useServices } from '../services.ts';

export function CommitScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { session } = useServices();
  const { suspendTerminal } = useApp();
  const { close } = useNavigation();
  const notify = useNotice();
  const proposed = useProposal(revision.name);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);
  const reply: Reply<CommitProposal> | null = refused ? { ok: false, problem: refused } : proposed;
  const columns = confirmationColumns(size);
  const text = useMemo(() => {
    if (!reply) return [];
    return reply.ok
      ? commitLines(reply.value, columns)
      : problemLines(reply.problem, { columns, details: false });
  }, [reply, columns]);
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
  const done = reply?.ok === false && reply.problem.code === 'nothing-to-do';
  const title = reply?.ok === false ? (done ? 'Nothing to commit' : 'Not committed') : 'Commit';
  return (
    <ConfirmationPane
      size={size}
      title={title}
      style={reply?.ok === false && !done ? 'bad' : 'plain'}
      lines={text}
      of={reply}
      busy={working ? 'committing…' : reply ? null : 'asking git…'}
      question={possible ? 'Commit these files, and edit the message?' : null}
      onYes={() => void commit()}
      onNo={close}
    />
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
