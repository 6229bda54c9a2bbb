/** Ranges of time as chosen or typed: `3h`, `yesterday`, `2026-11-23 08:00 to now`. */
import {
  absolute,
  durationMillis,
  type Instant,
  parseDuration,
  parseInstant,
  startOfDay,
  type Zone,
} from './instant.ts';

/** Both ends as they stand in the URL and go to the server; an empty text is an open end. */
export interface TimeRange {
  from: string;
  to: string;
}

/** The whole of time: what is asked when both ends are open. */
export const ALL_TIME: TimeRange = { from: '', to: '' };

export const DEFAULT_RANGE: TimeRange = { from: 'now-1h', to: 'now' };

/** The choices of the time picker, as lengths back from now. */
export const PRESETS = ['5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '2d', '7d', '30d'] as const;

export function lastRange(duration: string): TimeRange {
  return { from: `now-${duration}`, to: 'now' };
}

/** The length of a range that ends now, or null. */
export function durationOf(range: TimeRange): string | null {
  return range.to === 'now' ? (/^now-(\d+(?:ms|s|m|h|d|w))$/.exec(range.from)?.[1] ?? null) : null;
}

export function isAllTime(range: TimeRange): boolean {
  return range.from === '' && range.to === '';
}

/** Reads a range as typed; null if it is none. */
export function parseRange(text: string, zone: Zone, now: number): TimeRange | null {
  const trimmed = text.trim().replace(/^(last|past|최근|지난)\s+/i, '');
  if (/^(all|all time|전체|전체 기간)$/i.test(trimmed)) return ALL_TIME;
  const duration = parseDuration(trimmed);
  if (duration !== null) return lastRange(duration);
  return (
    parseTwoEnds(trimmed, zone, now) ?? parseWholeDay(trimmed, zone, now) ?? parseOpenEnd(trimmed, zone, now)
  );
}

function parseTwoEnds(text: string, zone: Zone, now: number): TimeRange | null {
  const ends = text.split(/\s+(?:to|until|[-–—~])\s+|\s*(?:\.\.|~|→)\s*/i);
  if (ends.length !== 2) return null;
  return between(parseInstant(ends[0] ?? '', zone, now), parseInstant(ends[1] ?? '', zone, now));
}

/** A day without a time of day means all of it. */
function parseWholeDay(text: string, zone: Zone, now: number): TimeRange | null {
  const isDay = /^(today|yesterday|오늘|어제)$/i.test(text) || /^\d{4}[-./]\d{1,2}[-./]\d{1,2}$/.test(text);
  const start = isDay ? parseInstant(text, zone, now) : null;
  return start && between(start, absolute(startOfDay(start.millis, zone, 1)));
}

/** One point in time means from there until now. */
function parseOpenEnd(text: string, zone: Zone, now: number): TimeRange | null {
  return between(parseInstant(text, zone, now), { text: 'now', millis: now });
}

/** A range from two ends; null unless the first is before the second. */
export function between(from: Instant | null, to: Instant | null): TimeRange | null {
  if (from === null || to === null || from.millis >= to.millis) return null;
  return { from: from.text, to: to.text };
}

export interface Bounds {
  start: number;
  end: number;
}

/** Both ends in milliseconds by this machine's clock; null where an end is open. */
export function boundsOf(range: TimeRange, now: number): Bounds | null {
  const [from, to] = [parseInstant(range.from, 'utc', now), parseInstant(range.to, 'utc', now)];
  return from && to && { start: from.millis, end: to.millis };
}

export function fromBounds({ start, end }: Bounds): TimeRange {
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

/** Twice as long around the same middle, but never past now; a range that ends now stays so. */
export function zoomOut(range: TimeRange, now: number): TimeRange {
  const duration = durationOf(range);
  if (duration !== null) return lastRange(longer(durationMillis(duration)));
  const bounds = boundsOf(range, now);
  if (bounds === null) return ALL_TIME;
  const half = (bounds.end - bounds.start) / 2;
  return fromBounds({
    start: bounds.start - half,
    end: Math.max(bounds.end, Math.min(bounds.end + half, now)),
  });
}

/** The next longer preset; past the last, twice the length in days. */
function longer(millis: number): string {
  return (
    PRESETS.find((preset) => durationMillis(preset) > millis) ?? `${Math.ceil((millis * 2) / 86_400_000)}d`
  );
}
