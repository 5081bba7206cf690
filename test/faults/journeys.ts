import { draftJourney, repairJourney } from './files-journeys.ts';
import type { Journey, Preparing } from './journey.ts';
import { ledgerJourney } from './ledger-journey.ts';
import type { Walk } from './moment.ts';

export function journeyOf(
  { kind, variant }: Pick<Walk, 'kind' | 'variant'>,
  preparing: Preparing,
): Promise<Journey> {
  switch (kind) {
    case 'ledger':
    case 'loose':
      return ledgerJourney(preparing, { loose: kind === 'loose', variant });
    case 'repair':
      return repairJourney(preparing);
    case 'draft':
      return draftJourney(preparing);
  }
}
