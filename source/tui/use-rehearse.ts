/** Starts a rehearsal, and shows it. */

import { useCallback } from 'react';
import type { RehearsalWish } from '../contract/rehearsal.ts';
import { useNavigation } from './navigation.ts';
import { useServices } from './services.ts';

export function useRehearse(): (request: RehearsalWish) => void {
  const { session, store } = useServices();
  const { goTo } = useNavigation();
  return useCallback(
    (request) => {
      const open = session();
      if (!open) return;
      store.dispatch({ type: 'rehearsal-asked', request });
      goTo('rehearsal');
      void open.rehearse(request).then((answer) => {
        if (!answer.ok) store.dispatch({ type: 'rehearsal-refused', problem: answer.problem });
      });
    },
    [session, store, goTo],
  );
}
