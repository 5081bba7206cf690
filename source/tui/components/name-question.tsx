/** Asks for the name of a protected target: nothing that is pressed in haste answers it. */

import type { Plan } from '../../contract/plan.ts';
import { type Consent, nameTyped, UNPROVEN, whyUnproven } from '../../contract/protection.ts';
import { useNotice } from '../services.ts';
import { TextField } from './text-field.tsx';

export function NameQuestion(props: {
  plan: Plan;
  onNamed: (plan: Plan, consent: Consent) => void;
  onDismiss: () => void;
}) {
  const { plan, onNamed, onDismiss } = props;
  const notify = useNotice();
  const [name = plan.target.database] = plan.target.names;
  const unproven = whyUnproven(plan) !== null;
  const more = unproven ? ` ${UNPROVEN}` : '';
  const wanted = name + more;
  return (
    <TextField
      label={`${unproven ? 'Not proven by a rehearsal. ' : ''}Type ${wanted} to run it: `}
      onDismiss={onDismiss}
      onAccept={(text) => {
        const typed = text.trim();
        const target = typed.endsWith(more)
          ? nameTyped(plan.target, typed.slice(0, typed.length - more.length))
          : null;
        if (target !== null) onNamed(plan, { target, unproven });
        else notify(`Nothing was run: that is not ${wanted}.`, 'warn');
      }}
    />
  );
}
