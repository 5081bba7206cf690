/**
 * Loaded into the app by `NODE_OPTIONS=--import`, so that what keeps it from answering is measured
 * without its help: how late its event loop was, and what collecting garbage took. Signals begin
 * and end it; the answer goes to the file that HANDRAIL_BENCH_LOOP names.
 */

import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';

const file = process.env.HANDRAIL_BENCH_LOOP;
if (file && process.argv[1]?.endsWith('cli.js')) {
  const resolution = 5;
  const delay = monitorEventLoopDelay({ resolution });
  let collecting = 0;
  let longest = 0;
  const begin = () => {
    delay.reset();
    collecting = 0;
    longest = 0;
  };
  const ms = (nanoseconds) => Math.max(0, Math.round(nanoseconds / 1e6) - resolution);
  const end = () =>
    writeFileSync(
      file,
      JSON.stringify({
        late: { p95: ms(delay.percentile(95)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
        collecting: { all: Math.round(collecting), longest: Math.round(longest) },
      }),
    );
  delay.enable();
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collecting += duration;
      longest = Math.max(longest, duration);
    }
  }).observe({ entryTypes: ['gc'] });
  process.on('SIGUSR2', begin);
  process.on('SIGURG', end);
}
