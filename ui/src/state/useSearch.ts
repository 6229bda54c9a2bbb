/** One search and all its answers: rows, histogram, facets, fields, and the live tail. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { fetchFacets, fetchFields, fetchHits, fetchValues, type Scope } from '../api/client.ts';
import type { Field, Row } from '../api/types.ts';
import { toHistogram } from './histogram.ts';
import { canFollow, eventsPart, type Shape, shapeOf } from './language/shape.ts';
import { rowKey } from './rows.ts';
import type { SearchState } from './url.ts';
import { useAnswer } from './useAnswer.ts';
import { useRows } from './useRows.ts';
import { useTail } from './useTail.ts';

const BUCKETS = 120;
const FACET_VALUES = 10;
const LIVE_REFRESH_MS = 5_000;
const NO_FIELDS: Field[] = [];

export function useSearch({ query, dataset, range, live }: SearchState, run: number) {
  const shape: Shape = shapeOf(query);
  const following = live && canFollow(query);
  const tail = useTail(following, query, dataset);
  const tick = useTick(following ? LIVE_REFRESH_MS : null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a run asks again, and so does a tail that has just been opened, for what came before it
  const scope = useMemo<Scope>(
    () => ({ query, dataset, start: range.from, end: range.to }),
    [query, dataset, range.from, range.to, run, tail.opened],
  );
  const rows = useRows(scope);

  // biome-ignore lint/correctness/useExhaustiveDependencies: counts are asked anew at every tick
  const counted = useMemo<Scope>(() => ({ ...scope, query: eventsPart(scope.query) }), [scope, tick]);
  const askHits = useCallback((signal: AbortSignal) => fetchHits(counted, BUCKETS, signal), [counted]);
  const askFacets = useCallback(
    (signal: AbortSignal) => fetchFacets(counted, [], FACET_VALUES, signal),
    [counted],
  );
  const askFields = useCallback((signal: AbortSignal) => fetchFields(scope, signal), [scope]);
  const hits = useAnswer(askHits);
  const facets = useAnswer(askFacets);
  const fields = useAnswer(askFields);

  const histogram = useMemo(() => (hits.value === null ? null : toHistogram(hits.value)), [hits.value]);
  const shown = useMemo(
    () => (following ? withoutTwins(tail.rows, rows.rows) : rows.rows),
    [following, tail.rows, rows.rows],
  );
  const values = useCallback((field: string, prefix: string) => fetchValues(scope, field, prefix), [scope]);

  return {
    shape,
    scope,
    counted,
    rows: { ...rows, rows: shown },
    tail: following ? tail : null,
    histogram,
    hits,
    facets,
    fields: fields.value ?? NO_FIELDS,
    values,
  };
}

/** Events that the tail brought, then those that were there before it. */
function withoutTwins(arrived: Row[], before: Row[]): Row[] {
  if (arrived.length === 0) return before;
  const known = new Set(arrived.map(rowKey));
  return [...arrived, ...before.filter((row) => !known.has(rowKey(row)))];
}

/** Counts up at intervals; null stands still. */
function useTick(millis: number | null): number {
  const [tick, setTick] = useState(0);
  useEffect(() => {
    if (millis === null) return;
    const timer = setInterval(() => setTick((n) => n + 1), millis);
    return () => clearInterval(timer);
  }, [millis]);
  return tick;
}
