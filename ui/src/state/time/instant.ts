/**
 * Points in time as typed: `now-3h`, `yesterday`, `2026-11-23 08:00`.
 * A relative one is kept as text, since the server's clock decides what now is.
 */

export type Zone = 'local' | 'utc';

export interface Instant {
  /** What goes into the URL and to the server: `now…` or RFC 3339. */
  text: string;
  /** Milliseconds since 1970 by this machine's clock. */
  millis: number;
}

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Unit words that people type, in both languages, to the unit the server knows. */
const UNIT_WORDS: [RegExp, string][] = [
  [/^(ms|milliseconds?|밀리초)$/, 'ms'],
  [/^(s|secs?|seconds?|초)$/, 's'],
  [/^(m|mins?|minutes?|분)$/, 'm'],
  [/^(h|hrs?|hours?|시간)$/, 'h'],
  [/^(d|days?|일)$/, 'd'],
  [/^(w|weeks?|주|주일)$/, 'w'],
];

/** `3h`, `15 min`, `2시간` as the server's short form, or null. */
export function parseDuration(text: string): string | null {
  const found = /^(\d+)\s*(\p{L}+)$/u.exec(text.trim().toLowerCase());
  const unit = UNIT_WORDS.find(([pattern]) => pattern.test(found?.[2] ?? ''))?.[1];
  return found?.[1] !== undefined && unit !== undefined ? `${Number(found[1])}${unit}` : null;
}

export function durationMillis(duration: string): number {
  const found = /^(\d+)(ms|s|m|h|d|w)$/.exec(duration);
  return found ? Number(found[1]) * (UNITS[found[2] ?? ''] ?? 0) : Number.NaN;
}

/** Reads one point in time; null if it is none. */
export function parseInstant(text: string, zone: Zone, now: number): Instant | null {
  const trimmed = text.trim();
  return (
    parseNow(trimmed, now) ??
    parseDayWord(trimmed, zone, now) ??
    parseDate(trimmed, zone) ??
    parseEpoch(trimmed)
  );
}

function parseNow(text: string, now: number): Instant | null {
  const found = /^(now|지금)\s*(?:-\s*(.+))?$/i.exec(text);
  if (!found) return null;
  if (found[2] === undefined) return { text: 'now', millis: now };
  const duration = parseDuration(found[2]);
  return duration === null ? null : { text: `now-${duration}`, millis: now - durationMillis(duration) };
}

const DAY_WORDS: Record<string, number> = {
  today: 0,
  오늘: 0,
  yesterday: -1,
  어제: -1,
  tomorrow: 1,
  내일: 1,
};

function parseDayWord(text: string, zone: Zone, now: number): Instant | null {
  const shift = DAY_WORDS[text.toLowerCase()];
  return shift === undefined ? null : absolute(startOfDay(now, zone, shift));
}

/** Midnight of the day that holds `millis`, moved by whole days. */
export function startOfDay(millis: number, zone: Zone, shiftDays = 0): number {
  const at = new Date(millis);
  return zone === 'utc'
    ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() + shiftDays)
    : new Date(at.getFullYear(), at.getMonth(), at.getDate() + shiftDays).getTime();
}

const DATE =
  /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

function parseDate(text: string, zone: Zone): Instant | null {
  const found = DATE.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const millis = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3));
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second, millis);
  // A date that rolls over (February 30) is a slip of the finger, not another date.
  if (
    new Date(asUtc).getUTCMonth() !== month - 1 ||
    new Date(asUtc).getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 59
  )
    return null;
  const offset = found[8];
  if (offset !== undefined) return absolute(asUtc - offsetMillis(offset));
  if (zone === 'utc') return absolute(asUtc);
  return absolute(new Date(year, month - 1, day, hour, minute, second, millis).getTime());
}

function offsetMillis(offset: string): number {
  if (/^z$/i.test(offset)) return 0;
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(-2))];
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Seconds or milliseconds since 1970, told apart by magnitude. */
function parseEpoch(text: string): Instant | null {
  if (!/^\d{9,13}$/.test(text)) return null;
  return absolute(text.length >= 12 ? Number(text) : Number(text) * 1000);
}

export function absolute(millis: number): Instant | null {
  return Number.isFinite(millis) ? { text: new Date(millis).toISOString(), millis } : null;
}
