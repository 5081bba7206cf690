/** Which screen is open, and what lies on top of it. */

import { createContext, use } from 'react';
import type { StatementRecord } from '../contract/events.ts';
import type { HalfDone } from '../contract/half-done.ts';
import type { PlanRequest } from '../contract/plan.ts';
import type { Revision } from '../contract/revision.ts';
import type { ServerNotice } from '../contract/statement.ts';

export type Screen =
  | 'revisions'
  | 'log'
  | 'doctor'
  /** The rehearsal that is going on, or the last one. */
  | 'rehearsal'
  /** A report that the journal keeps. */
  | 'report'
  | 'checklist'
  | 'watch'
  | 'schemas';

export type Overlay =
  | { readonly kind: 'help' }
  | { readonly kind: 'palette' }
  | { readonly kind: 'backups' }
  | { readonly kind: 'plan'; readonly request: PlanRequest }
  /** Schemas by name. */
  | {
      readonly kind: 'schema-plan';
      readonly names: readonly string[];
      readonly request: PlanRequest;
      readonly rehearse: boolean;
    }
  | { readonly kind: 'draft'; readonly blank: boolean }
  | { readonly kind: 'discard'; readonly revision: Revision }
  | { readonly kind: 'undo-repair'; readonly revision: Revision }
  | { readonly kind: 'resolve'; readonly halfDone: HalfDone }
  | { readonly kind: 'compare'; readonly revision: Revision }
  | { readonly kind: 'commit'; readonly revision: Revision }
  | {
      readonly kind: 'statement';
      readonly statement: StatementRecord;
      /** What the server said of it; those of others are left out. */
      readonly notices: readonly ServerNotice[];
    }
  | { readonly kind: 'quit' };

export interface Navigation {
  /** Whether the screens are covered, so that they need not be drawn. */
  readonly screen: Screen;
  readonly overlay: Overlay | null;
  goTo(screen: Screen): void;
  /** Goes to the screen from which this one was opened. */
  back(): void;
  /** Number in the journal of the report that the screen `report` shows. */
  readonly report: number | null;
  openReport(rehearsal: number): void;
  /** The revision whose checklist is shown; null is the next one, which is not drafted yet. */
  readonly checklist: string | null;
  openChecklist(revision: string | null): void;
  open(overlay: Overlay): void;
  /** Closes what lies on top. */
  close(): void;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const NavigationContext = createContext<Navigation | null>(null);
export const NavigationProvider = NavigationContext.Provider;

export function useNavigation(): Navigation {
  const navigation = use(NavigationContext);
  if (!navigation) throw new Error('Navigation is provided by the app.');
  return navigation;
}
