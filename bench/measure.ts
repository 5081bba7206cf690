/** Measuring two ways of doing something against each other. */

export interface Sample {
  readonly median: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly runs: number;
}

export function summarise(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return {
    median: Number.isInteger(middle) ? (at(middle - 1) + at(middle)) / 2 : at(Math.floor(middle)),
    fastest: at(0),
    slowest: at(sorted.length - 1),
    runs: sorted.length,
  };
}

/** Does one thing and answers how many milliseconds it took. */
export type Measurement = () => Promise<number>;

/**
 * Measures A, B, A, B …: whatever else the machine does meets both. The first run of each only
 * warms the disk's cache and isn't counted; who goes first changes with every round.
 */
export async function alternate(
  runs: number,
  a: Measurement,
  b: Measurement,
): Promise<readonly [a: Sample, b: Sample]> {
  const values: readonly [number[], number[]] = [[], []];
  for (let run = -1; run < runs; run++) {
    for (const which of run % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const milliseconds = await (which === 0 ? a : b)();
      if (run >= 0) values[which].push(milliseconds);
    }
  }
  return [summarise(values[0]), summarise(values[1])];
}

export interface Comparison {
  readonly what: string;
  readonly names: readonly [a: string, b: string];
  readonly samples: readonly [a: Sample, b: Sample];
}

/** A Markdown table; the ratio says how many times as long B took. */
export function table(comparisons: readonly Comparison[]): string {
  const shown = ({ median, fastest, slowest }: Sample): string =>
    `${milliseconds(median)} (${milliseconds(fastest)}–${milliseconds(slowest)})`;
  const rows = comparisons.map(({ what, names, samples: [a, b] }) => [
    what,
    `${names[0]}: ${shown(a)}`,
    `${names[1]}: ${shown(b)}`,
    `${(b.median / a.median).toFixed(2)} ×`,
    String(a.runs),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['measured', 'A: median (range)', 'B: median (range)', 'B / A', 'runs'];
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}
