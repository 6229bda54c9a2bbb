/** What one row of an answer is: its identity, its text, its fields. */
import type { Row } from '../api/types.ts';
import type { FieldValue } from './language/edit.ts';
import { toNanos } from './time/format.ts';

export const MESSAGE = 'message';

/** An event has its place in the log; a computed row has none. */
export function isEvent(row: Row): boolean {
  return '_offset' in row;
}

/** The permanent id of an event. */
export function rowKey(row: Row): string {
  return `${row._dataset}/${row._partition}/${row._offset}`;
}

export function timeOf(row: Row): string {
  return typeof row._time === 'string' ? row._time : '';
}

export function isSystem(name: string): boolean {
  return name.startsWith('_');
}

/** The event's own fields beside the message, in the order they came. */
export function ownFields(row: Row): [string, unknown][] {
  return Object.entries(row).filter(([name]) => !isSystem(name) && name !== MESSAGE);
}

/** The line as a person reads it: the message, else all fields as `name=value`. */
export function textOf(row: Row): string {
  const message = row[MESSAGE];
  if (message !== undefined && message !== null) return valueText(message);
  return ownFields(row)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

export function valueText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

/** A value that a condition can be made of. */
export function isFilterable(value: unknown): value is FieldValue {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** Adds a page of older rows; rows that are already there (same instant as the last) are left out. */
export function appendPage(rows: Row[], page: Row[]): Row[] {
  const known = new Set(rows.map(rowKey));
  return [...rows, ...page.filter((row) => !known.has(rowKey(row)))];
}

/** The exclusive end that still covers the instant of the last row, so that its twins are not missed. */
export function endOfNextPage(rows: Row[]): string | null {
  const last = rows.at(-1);
  const nanos = last === undefined ? null : toNanos(timeOf(last));
  return nanos === null ? null : String(nanos + 1n);
}

/** Newest first, at most `max`; rows that are already there are left out. */
export function prependNewest(rows: Row[], arrived: Row[], max: number): Row[] {
  const known = new Set(rows.slice(0, 2000).map(rowKey));
  const fresh = arrived.filter((row) => !known.has(rowKey(row))).reverse();
  return fresh.length === 0 ? rows : [...fresh, ...rows].slice(0, max);
}
