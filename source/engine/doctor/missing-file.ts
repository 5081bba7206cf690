import { stemOf } from '../revisions/files.ts';
import { type Check, remedy, shellWord } from './check.ts';

export const missingFile: Check = {
  kind: 'missing-file',
  find: ({ history }) =>
    history.revisions
      .filter(({ state }) => state === 'missing')
      .map(({ name, appliedAt }) => ({
        about: name,
        severity: 'hazard',
        what: `${name} is applied, but there is no file for it here.`,
        why: 'It can’t be downgraded, and a database that is made from the files differs from this one.',
        facts:
          appliedAt === null ? [] : [`applied ${appliedAt.slice(0, 16).replace('T', ' ')} UTC`],
        remedies: [
          remedy('Find the commit or the branch that has it, and bring it back.', {
            commands: [`git log --all --oneline -- ${shellWord(`*${stemOf(name)}*`)}`],
          }),
          remedy('Leave it: later revisions can still be upgraded and downgraded.'),
        ],
      })),
};
