/** Commands of the Schemas screen. */

import { cannotPlan, type Facts } from '../facts.ts';
import type { Command } from './command.ts';

const noneListed = ({ schemas }: Facts) => (schemas > 0 ? null : 'No schema is listed.');

export const schemaCommands = {
  openSchemas: {
    keys: ['S'],
    label: 'schemas',
    description: 'List the schemas that the revisions are applied to, and how each of them stands.',
    category: 'Look',
    contexts: ['revisions'],
    bar: 50,
    disabled: ({ history }) =>
      history && !history.target.manySchemas
        ? 'The revisions of this project are not applied to several schemas.'
        : null,
  },
  upgradeSchemas: {
    keys: ['u'],
    label: 'upgrade',
    description:
      'Upgrade the marked schemas to head, else the selected one, after showing the plan.',
    category: 'Run',
    contexts: ['schemas'],
    bar: 90,
    disabled: (facts) => cannotPlan(facts) ?? noneListed(facts),
  },
  downgradeSchemas: {
    keys: ['d'],
    label: 'downgrade',
    description:
      'Downgrade the marked schemas by one revision, else the selected one, after showing the plan.',
    category: 'Run',
    contexts: ['schemas'],
    bar: 88,
    disabled: (facts) => cannotPlan(facts) ?? noneListed(facts),
  },
  upgradeAllSchemas: {
    keys: ['U'],
    label: 'all up',
    description: 'Upgrade every schema that is listed to head, after showing the plan.',
    category: 'Run',
    contexts: ['schemas'],
    bar: 89,
    disabled: (facts) => cannotPlan(facts) ?? noneListed(facts),
  },
  rehearseSchemas: {
    keys: ['R'],
    label: 'rehearse',
    description:
      'Rehearse what is pending in the marked schemas, else in the selected one, each on a throwaway of its own.',
    category: 'Rehearse',
    contexts: ['schemas'],
    bar: 70,
    disabled: (facts) => cannotPlan(facts) ?? noneListed(facts),
  },
  markSchema: {
    keys: ['space'],
    label: 'mark',
    description: 'Mark the selected schema, or take its mark away.',
    category: 'Run',
    contexts: ['schemas'],
    bar: 60,
    disabled: noneListed,
  },
  ownSchema: {
    keys: ['0'],
    label: 'own schema',
    description: 'Show the revisions of the connection’s own schema again.',
    category: 'Look',
    contexts: ['schemas'],
    bar: 20,
    disabled: ({ running }) => (running ? 'A run is going. Wait until it has ended.' : null),
  },
} as const satisfies Record<string, Command>;
