/** Follows events as they arrive. What arrives while the reader is looking elsewhere waits, within bounds. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { tailRows } from '../api/client.ts';
import { type ApiError, asApiError, isAbort } from '../api/http.ts';
import type { Row } from '../api/types.ts';
import { prependNewest } from './rows.ts';

/** The list keeps this many newest events; so does the queue of those that wait. */
export const TAIL_ROWS_MAX = 5_000;

const DRAW_MS = 150;
const RETRY_MS = 2_000;
const RATE_WINDOW_MS = 5_000;

export interface TailState {
  rows: Row[];
  /** Events that wait to be shown. */
  waiting: number;
  /** Events a second, over the last seconds. */
  rate: number;
  connected: boolean;
  /** How often the stream was opened: what came before it opened must be asked for. */
  opened: number;
  error: ApiError | null;
}

export interface TailControl extends TailState {
  paused: boolean;
  setPaused: (paused: boolean) => void;
}

const START: TailState = { rows: [], waiting: 0, rate: 0, connected: false, opened: 0, error: null };

/** Follows `query` in `dataset` while `live`. */
export function useTail(live: boolean, query: string, dataset: string): TailControl {
  const [state, setState] = useState(START);
  const [paused, setPausedState] = useState(false);
  const pausedNow = useRef(false);
  const queue = useRef<Row[]>([]);

  const setPaused = useCallback((value: boolean) => {
    pausedNow.current = value;
    setPausedState(value);
  }, []);

  useEffect(() => {
    if (!live) return;
    const abort = new AbortController();
    const arrivals: [number, number][] = [];
    queue.current = [];
    setPaused(false);
    setState((s) => ({ ...START, opened: s.opened }));
    const take = (rows: Row[]) => {
      arrivals.push([performance.now(), rows.length]);
      queue.current = [...queue.current, ...rows].slice(-TAIL_ROWS_MAX);
    };
    const draw = () => setState((s) => drawn(s, queue, pausedNow.current, rateOf(arrivals)));
    const timer = setInterval(draw, DRAW_MS);
    void follow({ query, dataset }, abort.signal, take, setState);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [live, query, dataset, setPaused]);

  return { ...state, paused, setPaused };
}

function drawn(state: TailState, queue: { current: Row[] }, paused: boolean, rate: number): TailState {
  const waiting = queue.current;
  if (paused || waiting.length === 0) {
    const same = state.waiting === waiting.length && state.rate === rate;
    return same ? state : { ...state, waiting: waiting.length, rate };
  }
  queue.current = [];
  return { ...state, rows: prependNewest(state.rows, waiting, TAIL_ROWS_MAX), waiting: 0, rate };
}

function rateOf(arrivals: [number, number][]): number {
  const since = performance.now() - RATE_WINDOW_MS;
  while (arrivals[0] !== undefined && arrivals[0][0] < since) arrivals.shift();
  const count = arrivals.reduce((sum, [, rows]) => sum + rows, 0);
  return Math.round((count * 1000) / RATE_WINDOW_MS);
}

/** Reads the stream until called off, and opens it anew when it breaks; a refused query is not tried again. */
async function follow(
  scope: { query: string; dataset: string },
  signal: AbortSignal,
  take: (rows: Row[]) => void,
  update: (change: (state: TailState) => TailState) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const opened = () => update((s) => ({ ...s, connected: true, opened: s.opened + 1, error: null }));
      for await (const rows of tailRows(scope, signal, opened)) take(rows);
      update((s) => ({ ...s, connected: false }));
    } catch (cause) {
      if (isAbort(cause) || signal.aborted) return;
      const error = asApiError(cause);
      update((s) => ({ ...s, connected: false, error }));
      if (error.status >= 400 && error.status < 500) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
