import { useSyncExternalStore } from 'react';
import {
  currentHighlight,
  type Highlight,
  onBetterHighlight,
} from '../presentation/terminal/highlight.ts';

/** The best highlighter that there is now; renders again when there is a better one. */
export function useHighlight(): Highlight {
  return useSyncExternalStore(onBetterHighlight, currentHighlight);
}
