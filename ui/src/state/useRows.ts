/** Runs a query and holds its rows: the first are shown at once, more are asked for as the list is scrolled. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { queryRows, type RowBatch, type Scope } from '../api/client.ts';
import { type ApiError, asApiError, isAbort } from '../api/http.ts';
import type { QueryStats, Row, Warning } from '../api/types.ts';
import { canPageByTime, shapeOf } from './language/shape.ts';
import { appendPage, endOfNextPage, isEvent } from './rows.ts';

export type Phase = 'running' | 'done' | 'failed' | 'cancelled';

export interface RowsState {
  phase: Phase;
  rows: Row[];
  /** The rows are those of the search before, shown until the first of this one is there. */
  stale: boolean;
  stats: QueryStats | null;
  warnings: Warning[];
  error: ApiError | null;
  /** Whether older rows are waiting, being fetched, or all here. */
  more: 'waiting' | 'loading' | 'none';
}

export interface RowsControl extends RowsState {
  cancel: () => void;
  loadMore: () => void;
}

/** Rows of one page of events, and of a whole computed table. */
export const PAGE_ROWS = 500;
export const TABLE_ROWS_MAX = 10_000;

/** How often growing rows are drawn while an answer streams in. */
const DRAW_MS = 80;

const START: RowsState = {
  phase: 'running',
  rows: [],
  stale: false,
  stats: null,
  warnings: [],
  error: null,
  more: 'none',
};

/** `scope` must keep its identity until a new search is wanted; null asks for nothing. */
export function useRows(scope: Scope | null): RowsControl {
  const [state, setState] = useState(START);
  const controller = useRef<AbortController | null>(null);
  const latest = useRef(state);
  latest.current = state;

  useEffect(() => {
    if (scope === null) return;
    const abort = new AbortController();
    controller.current = abort;
    setState(({ rows }) => (shapeOf(scope.query) === 'events' ? { ...START, rows, stale: true } : START));
    void runFirst(scope, abort.signal, setState);
    return () => abort.abort();
  }, [scope]);

  const cancel = useCallback(() => {
    controller.current?.abort();
    setState(cancelled);
  }, []);

  const loadMore = useCallback(() => {
    if (scope === null || latest.current.more !== 'waiting') return;
    const abort = new AbortController();
    controller.current = abort;
    latest.current = { ...latest.current, more: 'loading' };
    setState((s) => ({ ...s, more: 'loading' }));
    void runPage(scope, latest.current.rows, abort.signal, setState);
  }, [scope]);

  return { ...state, cancel, loadMore };
}

function cancelled(state: RowsState): RowsState {
  const { phase, rows, stale, more } = state;
  if (phase === 'running') return { ...state, phase: 'cancelled', rows: stale ? [] : rows, stale: false };
  return more === 'loading' ? { ...state, more: 'waiting' } : state;
}

type Update = (change: (state: RowsState) => RowsState) => void;

async function runFirst(scope: Scope, signal: AbortSignal, update: Update): Promise<void> {
  const limit = shapeOf(scope.query) === 'events' ? PAGE_ROWS : TABLE_ROWS_MAX;
  try {
    const { rows, stats, warnings } = await collect(scope, limit, signal, (rows) =>
      update((s) => ({ ...s, rows, stale: false })),
    );
    const more = rows.length >= limit && isEvent(rows[0] ?? {}) ? 'waiting' : 'none';
    update((s) => ({ ...s, phase: 'done', rows, stale: false, stats, warnings, more }));
  } catch (cause) {
    if (isAbort(cause) || signal.aborted) return;
    update((s) => ({ ...s, phase: 'failed', rows: [], stale: false, error: asApiError(cause) }));
  }
}

/** Asks for the rows before the last one, or, where order is not by time, for all rows and some more. */
async function runPage(scope: Scope, rows: Row[], signal: AbortSignal, update: Update): Promise<void> {
  const end = canPageByTime(scope.query) ? endOfNextPage(rows) : null;
  const limit = end === null ? rows.length + PAGE_ROWS : PAGE_ROWS;
  try {
    const page = await collect(end === null ? scope : { ...scope, end }, limit, signal, () => undefined);
    const all = end === null ? page.rows : appendPage(rows, page.rows);
    // No new row, though the page is full: more events share one instant than a page holds.
    const more = page.rows.length >= limit && all.length > rows.length ? 'waiting' : 'none';
    update((s) => ({ ...s, rows: all, more }));
  } catch (cause) {
    if (isAbort(cause) || signal.aborted) return;
    update((s) => ({ ...s, more: 'none', error: asApiError(cause) }));
  }
}

async function collect(
  scope: Scope,
  limit: number,
  signal: AbortSignal,
  draw: (rows: Row[]) => void,
): Promise<{ rows: Row[]; stats: QueryStats | null; warnings: Warning[] }> {
  const rows: Row[] = [];
  let last: RowBatch = { rows: [] };
  let drawn = performance.now() - DRAW_MS;
  for await (const batch of queryRows(scope, limit, signal)) {
    rows.push(...batch.rows);
    last = batch;
    if (performance.now() - drawn < DRAW_MS) continue;
    drawn = performance.now();
    draw([...rows]);
  }
  return { rows, stats: last.stats ?? null, warnings: last.warnings ?? [] };
}
