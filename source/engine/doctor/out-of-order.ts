import { flagged, remedy, shellWord } from './check.ts';

export const outOfOrder = flagged('out-of-order', ({ name, notes }) => ({
  severity: 'notice',
  what: `${name} is pending, but sorts before what is applied.`,
  why: 'Often two branches were merged. On a new database it runs earlier than it does here.',
  facts: notes,
  remedies: [
    remedy('Rehearse it on a copy of the target, and then upgrade.', {
      commands: [`handrail rehearse ${shellWord(name)}`, `handrail up --only ${shellWord(name)}`],
    }),
    remedy('If it needs what is applied already, give its file a newer name.'),
  ],
}));
