/** Asks whether a draft shall go, and says what became of it. */

import type { Revision } from '../../contract/revision.ts';
import { describeDiscarded } from '../../presentation/draft.ts';
import { printablePiece } from '../../text/print.ts';
import { type Size, useNavigation } from '../navigation.ts';
import { useNotice, useServices } from '../services.ts';
import { QuestionScreen } from './question.tsx';

export function DiscardScreen({ size, revision }: { size: Size; revision: Revision }) {
  const { session } = useServices();
  const { close } = useNavigation();
  const notify = useNotice();
  const discard = async () => {
    close();
    const reply = await session()?.discardDraft(revision.name);
    if (!reply) return;
    if (reply.ok) notify(describeDiscarded(reply.value));
    else notify(`${reply.problem.what} ${reply.problem.why}`, 'warn');
  };
  return (
    <QuestionScreen
      size={size}
      title={`Discard ${printablePiece(revision.name)}?`}
      text={[
        'Its file is removed; the journal keeps the text.',
        'MikroORM’s snapshot is put back as it was before the draft, unless it changed since.',
      ]}
      onYes={() => void discard()}
      onNo={close}
    />
  );
}
