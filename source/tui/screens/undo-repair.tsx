/** Shows what undoing the last repair of a revision changes, and does it when told to. */

import { useEffect, useMemo, useState } from 'react';
import type { Problem } from '../../contract/problem.ts';
import type { Revision } from '../../contract/revision.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import {
  EMPTY,
  type Line,
  line,
  rule,
  span,
  wrapLines,
} from '../../presentation/terminal/spans.ts';
import type { MadeRepair } from '../../session/repair.ts';
import { ConfirmationPane, confirmationColumns } from '../components/confirmation-pane.tsx';
import { type Size, useNavigation } from '../navigation.ts';
import { useNotice, useServices } from '../services.ts';

type Found =
  | { readonly repair: MadeRepair; readonly lines: (columns: number) => readonly Line[] }
  | { readonly problem: Problem };

export function UndoRepairScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { session } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  const [found, setFound] = useState<Found | null>(null);
  const [undoing, setUndoing] = useState(false);
  const columns = confirmationColumns(size);
  useEffect(() => {
    let current = true;
    void find(session(), revision.name).then((known) => {
      if (current) setFound(known);
    });
    return () => {
      current = false;
    };
  }, [session, revision.name]);
  const lines = useMemo(() => {
    if (!found) return [];
    return 'problem' in found
      ? problemLines(found.problem, { columns, details: false })
      : found.lines(columns);
  }, [found, columns]);
  const repair = found && 'repair' in found && !undoing ? found.repair : null;
  const undo = async () => {
    const open = session();
    if (!open || !repair) return;
    setUndoing(true);
    const reply = await open.undoRepair(repair);
    setUndoing(false);
    if (!reply.ok) return setFound({ problem: reply.problem });
    close();
    notify(`${reply.value.file} is as it was before the repair.`);
  };
  const refused = found !== null && 'problem' in found;
  return (
    <ConfirmationPane
      size={size}
      title={refused ? 'Refused: the file is as it was' : 'Undo a repair'}
      style={refused ? 'bad' : 'warn'}
      lines={lines}
      of={found}
      busy={undoing ? 'changing the file…' : found ? null : 'reading the file…'}
      question={repair ? 'Undo this repair?' : null}
      onYes={() => void undo()}
      onNo={close}
    />
  );
}

async function find(
  session: ReturnType<ReturnType<typeof useServices>['session']>,
  name: string,
): Promise<Found> {
  const reply = (await session?.repairs()) ?? { ok: true, value: [] };
  if (!session || !reply.ok) return { problem: reply.ok ? nothingMade(name) : reply.problem };
  const repair = reply.value.findLast(({ revision }) => revision === name);
  if (!repair) return { problem: nothingMade(name) };
  const problem = await session.whyNotUndone(repair);
  if (problem) return { problem };
  const { diffLines } = await import('../../presentation/terminal/diff.ts');
  const { titles, file, before, after, further } = repair;
  return {
    repair,
    lines: (columns) => [
      ...wrapLines(
        titles.map((title) => line(span(title, 'strong'))),
        columns,
      ),
      EMPTY,
      rule(file, columns),
      ...wrapLines(diffLines(after, before), columns),
      ...further.flatMap((each) => [
        EMPTY,
        rule(`${each.file}, removed`, columns),
        ...wrapLines(diffLines(each.text, ''), columns),
      ]),
    ],
  };
}

function nothingMade(name: string): Problem {
  return {
    code: 'nothing-to-do',
    what: `Handrail made no repair of ${name} that is not undone.`,
    why: '',
    next: [],
    detail: null,
  };
}
