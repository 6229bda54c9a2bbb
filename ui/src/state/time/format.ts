/** Prints times for people, in the zone they chose. The server sends RFC 3339 in UTC, to the nanosecond. */
import type { Zone } from './instant.ts';

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/** Year, month, day, hour, minute, second, millisecond of `millis` in `zone`. */
function partsOf(millis: number, zone: Zone): [number, number, number, number, number, number, number] {
  const at = new Date(zone === 'utc' ? millis : millis - new Date(millis).getTimezoneOffset() * 60_000);
  return [
    at.getUTCFullYear(),
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    at.getUTCMilliseconds(),
  ];
}

/** `11-23 08:03:17.120`, as a row of the list has room for. */
export function rowTime(time: string, zone: Zone): string {
  const millis = Date.parse(time);
  if (Number.isNaN(millis)) return time;
  const [, month, day, hour, minute, second, ms] = partsOf(millis, zone);
  return `${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}.${pad(ms, 3)}`;
}

/** `2026-11-23 08:03:17.120451 +09:00`: all digits that were sent, and the zone. */
export function fullTime(time: string, zone: Zone): string {
  const millis = Date.parse(time);
  if (Number.isNaN(millis)) return time;
  const [year, month, day, hour, minute, second] = partsOf(millis, zone);
  const fraction = /\.\d+/.exec(time)?.[0] ?? '';
  const clock = `${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`;
  return `${year}-${pad(month)}-${pad(day)} ${clock} ${zoneOffset(zone, millis)}`;
}

/** `2026-11-23 08:03:17`, as the time picker takes it back; milliseconds only if there are any. */
export function inputTime(millis: number, zone: Zone): string {
  const [year, month, day, hour, minute, second, ms] = partsOf(millis, zone);
  const fraction = ms === 0 ? '' : `.${pad(ms, 3)}`;
  return `${year}-${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}`;
}

/** `11-23 08:03`, or with seconds when they matter. */
export function shortTime(millis: number, zone: Zone): string {
  const [, month, day, hour, minute, second] = partsOf(millis, zone);
  const seconds = second === 0 ? '' : `:${pad(second)}`;
  return `${pad(month)}-${pad(day)} ${pad(hour)}:${pad(minute)}${seconds}`;
}

/** A label on a time axis whose ticks are `step` milliseconds apart. */
export function axisTime(millis: number, step: number, zone: Zone): string {
  const [year, month, day, hour, minute, second, ms] = partsOf(millis, zone);
  if (step >= 28 * 86_400_000) return `${year}-${pad(month)}`;
  if (step >= 86_400_000 || (hour === 0 && minute === 0 && second === 0 && step >= 3_600_000)) {
    return `${pad(month)}-${pad(day)}`;
  }
  if (step >= 60_000) return `${pad(hour)}:${pad(minute)}`;
  if (step >= 1_000) return `${pad(hour)}:${pad(minute)}:${pad(second)}`;
  return `${pad(minute)}:${pad(second)}.${pad(ms, 3)}`;
}

/** `UTC` or `+09:00`. */
export function zoneOffset(zone: Zone, millis: number): string {
  if (zone === 'utc') return 'UTC';
  const minutes = -new Date(millis).getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  return `${sign}${pad(Math.floor(Math.abs(minutes) / 60))}:${pad(Math.abs(minutes) % 60)}`;
}

/** The name of this machine's zone, such as `Asia/Seoul`. */
export function localZoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** RFC 3339 as nanoseconds since 1970; null if it is none. */
export function toNanos(time: string): bigint | null {
  const millis = Date.parse(time);
  if (Number.isNaN(millis)) return null;
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return BigInt(Math.floor(millis / 1000)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9));
}
