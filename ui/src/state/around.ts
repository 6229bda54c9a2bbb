/** The search that shows what happened around one event: its dataset, its minute, and no filter at all. */
import type { Row } from '../api/types.ts';
import { timeOf } from './rows.ts';
import { fromBounds } from './time/range.ts';
import { DEFAULT_STATE, type SearchState } from './url.ts';

const AROUND_MS = 30_000;

export function aroundState(row: Row, columns: string[]): SearchState {
  const at = Date.parse(timeOf(row));
  const range = Number.isNaN(at)
    ? DEFAULT_STATE.range
    : fromBounds({ start: at - AROUND_MS, end: at + AROUND_MS });
  return { ...DEFAULT_STATE, dataset: String(row._dataset ?? ''), range, columns };
}
