import { describe, expect, it } from 'vitest';
import { alternate, summarise, table } from '../../bench/measure.ts';

describe('a benchmark', () => {
  it('takes the median', () => {
    expect(summarise([5, 1, 100])).toEqual({ median: 5, fastest: 1, slowest: 100, runs: 3 });
    expect(summarise([4, 2]).median).toBe(3);
  });

  it('alternates, and leaves out the first run', async () => {
    const order: string[] = [];
    const take = (name: string, times: number[]) => async () => {
      order.push(name);
      return times.shift() ?? 0;
    };
    const samples = await alternate(2, take('a', [900, 1, 3]), take('b', [900, 20, 40]));
    expect(order.join('')).toBe('baabba');
    expect(samples.map(({ median }) => median)).toEqual([2, 30]);
    expect(table([{ what: 'w', names: ['A', 'B'], samples }])).toContain(
      '| w | A: 2.0 ms (1.0 ms–3.0 ms) | B: 30 ms (20 ms–40 ms) | 15.00 × | 2 |',
    );
  });
});
