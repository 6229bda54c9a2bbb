/** Computed rows as a table, and, where they have a time, as series of a chart. */
import type { Row } from '../api/types.ts';
import { valueText } from './rows.ts';

/** All names that occur, in the order of first sight. */
export function columnsOf(rows: Row[]): string[] {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  return [...names];
}

export interface Order {
  column: string;
  descending: boolean;
}

export function sortRows(rows: Row[], order: Order | null): Row[] {
  if (order === null) return rows;
  const sign = order.descending ? -1 : 1;
  return rows.toSorted((a, b) => sign * compareValues(a[order.column], b[order.column]));
}

function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return valueText(a).localeCompare(valueText(b), undefined, { numeric: true });
}

/** The largest value of a column of numbers; null if there is none above zero, or one below. */
export function largestOf(rows: Row[], column: string): number | null {
  const values = rows.map((row) => Number(row[column] ?? 0));
  const largest = values.reduce((a, b) => Math.max(a, b), 0);
  return largest > 0 && values.every((value) => value >= 0) ? largest : null;
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The first column that holds a time in every row. */
export function timeColumn(rows: Row[]): string | null {
  const [first] = rows;
  if (first === undefined) return null;
  const isTime = (name: string) => rows.every((row) => RFC3339.test(String(row[name])));
  return Object.keys(first).find(isTime) ?? null;
}

export interface Series {
  name: string;
  values: (number | null)[];
}

export interface Chart {
  /** Milliseconds since 1970, ascending. */
  times: number[];
  series: Series[];
}

/** More lines than this cannot be told apart; the largest are kept. */
const SERIES_MAX = 12;

/**
 * Rows of (time, keys, numbers) turned so that each key and number is a series; null if there is no such thing.
 * `grouped` names the keys that may look like numbers.
 */
export function toChart(rows: Row[], grouped: string[] = []): Chart | null {
  const time = timeColumn(rows);
  if (time === null) return null;
  const columns = columnsOf(rows).filter((name) => name !== time);
  const numeric = columns.filter((name) => !grouped.includes(name) && isMeasure(rows, name));
  if (numeric.length === 0) return null;
  const keys = columns.filter((name) => !numeric.includes(name));
  const times = [...new Set(rows.map((row) => Date.parse(String(row[time]))))].sort((a, b) => a - b);
  return { times, series: largest(pivot(rows, { time, keys, numeric, times })) };
}

/** A column of numbers, with or without holes. */
function isMeasure(rows: Row[], name: string): boolean {
  const values = rows.map((row) => row[name] ?? null).filter((value) => value !== null);
  return values.length > 0 && values.every((value) => typeof value === 'number');
}

interface Layout {
  time: string;
  keys: string[];
  numeric: string[];
  times: number[];
}

function pivot(rows: Row[], { time, keys, numeric, times }: Layout): Series[] {
  const indexOf = new Map(times.map((millis, index) => [millis, index]));
  const series = new Map<string, Series>();
  for (const row of rows) {
    const index = indexOf.get(Date.parse(String(row[time]))) ?? 0;
    for (const measure of numeric) {
      const name = seriesName(row, keys, numeric.length > 1 || keys.length === 0 ? measure : null);
      const one = series.get(name) ?? { name, values: new Array(times.length).fill(null) };
      one.values[index] = (row[measure] as number | undefined) ?? null;
      series.set(name, one);
    }
  }
  return [...series.values()];
}

function seriesName(row: Row, keys: string[], measure: string | null): string {
  const parts = keys.map((key) => valueText(row[key]) || '–');
  if (measure !== null) parts.push(measure);
  return parts.join(' · ');
}

function largest(series: Series[]): Series[] {
  const sum = ({ values }: Series) => values.reduce<number>((total, value) => total + (value ?? 0), 0);
  return series.toSorted((a, b) => sum(b) - sum(a)).slice(0, SERIES_MAX);
}
