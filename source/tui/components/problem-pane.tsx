/** Why the project could not be looked at, above what was known before. */

import { useMemo } from 'react';
import type { Problem } from '../../contract/problem.ts';
import { problemLines } from '../../presentation/terminal/problem.ts';
import type { Line } from '../../presentation/terminal/spans.ts';
import type { Size } from '../navigation.ts';
import { useSelected } from '../services.ts';
import { Rows } from './lines.tsx';
import { innerSize, Pane } from './pane.tsx';

export interface ProblemOnScreen {
  readonly problem: Problem;
  readonly lines: readonly Line[];
  readonly details: boolean;
}

/** Null when the last look went well. */
export function useProblemLines(columns: number, details: boolean): ProblemOnScreen | null {
  const problem = useSelected((state) => state.lookProblem);
  return useMemo(
    () => problem && { problem, details, lines: problemLines(problem, { columns, details }) },
    [problem, columns, details],
  );
}

export function ProblemPane(props: ProblemOnScreen & { size: Size }) {
  const { problem, lines, details, size } = props;
  const note = problem.detail === null ? '' : details ? 't hides details' : 't shows details';
  return (
    <Pane title="The project could not be read" note={note} style="bad" {...size}>
      <Rows lines={lines.slice(0, innerSize(size).rows)} />
    </Pane>
  );
}
