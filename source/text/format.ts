/** Numbers and times in words for people. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const thousands = new Intl.NumberFormat('en-US');

/** `0.1 ms`, `41 ms`, `1.4 s`, `2 min 3 s`, `1 h 4 min`. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${trimZero(ms.toFixed(1))} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59.95 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** For estimates, without what nobody could know: `12 s`, `3 min`, `1 h 4 min`. */
export function roughly(ms: number): string {
  if (ms < 59.5 * SECOND) return `${Math.max(1, Math.round(ms / SECOND))} s`;
  const minutes = Math.round(ms / MINUTE);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago: `just now`, `3 min ago`, `2 h ago`, `5 days ago`, else the date. */
export function ago(then: number, now: number): string {
  const passed = now - then;
  if (passed < MINUTE) return 'just now';
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 2 * DAY) return 'yesterday';
  if (passed < 30 * DAY) return `${Math.floor(passed / DAY)} days ago`;
  return date(then);
}

/** Local date: `2026-11-20`. */
export function date(at: number): string {
  const time = new Date(at);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** Local date and time: `2026-11-20 12:03:01`. */
export function dateTime(at: number): string {
  return `${date(at)} ${clock(at).slice(0, 8)}`;
}

/** Local time of day: `12:03:01.233`. */
export function clock(at: number): string {
  const time = new Date(at);
  const day = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${day}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

/** With thousands separators: `5,000`. */
export function count(value: number): string {
  return thousands.format(value);
}

/** `1 revision`, `2 revisions`, `5,000 statements`. */
export function plural(value: number, noun: string, many = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : many}`;
}

/** `12 MB`: bytes as file managers count them. */
export function bytes(size: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function trimZero(text: string): string {
  return text.endsWith('.0') && text !== '0.0' ? text.slice(0, -2) : text;
}
