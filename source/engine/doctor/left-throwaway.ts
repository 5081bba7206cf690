import { type Check, remedy } from './check.ts';

export const leftThrowaway: Check = {
  kind: 'left-throwaway',
  find: ({ history: { leftovers } }) =>
    leftovers.map((name) => ({
      about: name,
      severity: 'notice',
      what: `The throwaway database ${name} was left by a process that is gone.`,
      why: 'It takes up room on the server.',
      facts: [],
      remedies: [remedy('Leave it to Handrail, which drops such databases by itself.')],
    })),
};
