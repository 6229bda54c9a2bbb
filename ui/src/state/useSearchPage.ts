/** The search page as a person works it: what is typed, what is wrong with it, and what each action does. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ErrorBody, Row } from '../api/types.ts';
import { aroundState } from './around.ts';
import { remember } from './history.ts';
import { addClause, type FieldValue, type Mode } from './language/edit.ts';
import { canFollow } from './language/shape.ts';
import { fromBounds, lastRange, type TimeRange, zoomOut } from './time/range.ts';
import { printState } from './url.ts';
import { hasEvents, useDatasets } from './useDatasets.ts';
import { useQueryCheck } from './useQueryCheck.ts';
import { useSearch } from './useSearch.ts';
import { useSearchState } from './useSearchState.ts';

/** How far back live starts when the range did not end now. */
const LIVE_RANGE = lastRange('15m');

export type SearchPage = ReturnType<typeof useSearchPage>;

export function useSearchPage() {
  const { state, run, update, adjust } = useSearchState();
  const search = useSearch(state, run);
  const datasets = useDatasets();
  const isEmpty = datasets.datasets !== null && !hasEvents(datasets.datasets);
  useFirstEvent(isEmpty, update);

  const [draft, setDraft] = useState(state.query);
  useEffect(() => setDraft(state.query), [state.query]);
  const typed = useQueryCheck(draft);
  const refused = search.rows.error?.unreachable === false ? search.rows.error.body : null;
  const queryError: ErrorBody | null = (draft === state.query ? refused : null) ?? typed;

  const runQuery = useCallback(
    (query: string) => {
      remember(query);
      setDraft(query);
      update({ query: query.trim() });
    },
    [update],
  );
  const filter = useCallback(
    (field: string, value: FieldValue, mode: Mode) => runQuery(addClause(state.query, field, value, mode)),
    [runQuery, state.query],
  );
  const toggleColumn = useCallback(
    (name: string) => {
      const { columns } = state;
      adjust({ columns: columns.includes(name) ? columns.filter((c) => c !== name) : [...columns, name] });
    },
    [state, adjust],
  );
  const aroundUrl = useCallback((row: Row) => printState(aroundState(row, state.columns)), [state.columns]);
  const rowActions = useMemo(() => ({ filter, toggleColumn, aroundUrl }), [filter, toggleColumn, aroundUrl]);

  return {
    state,
    search,
    ...datasets,
    isEmpty,
    draft,
    setDraft,
    queryError,
    warnings: draft === state.query && queryError === null ? search.rows.warnings : [],
    canFollow: canFollow(state.query),
    isRunning: search.rows.phase === 'running',
    runQuery,
    rowActions,
    /** Each runs what stands in the query bar, typed to the end or not. */
    chooseDataset: (dataset: string) => update({ dataset, query: draft.trim() }),
    chooseRange: (range: TimeRange) =>
      update({ range, query: draft.trim(), live: state.live && range.to === 'now' }),
    zoom: (start: number, end: number) => update({ range: fromBounds({ start, end }), live: false }),
    zoomOut: () => update({ range: zoomOut(state.range, Date.now()), live: false }),
    toggleLive: () =>
      update(
        state.live
          ? { live: false }
          : { live: true, range: state.range.to === 'now' ? state.range : LIVE_RANGE },
      ),
  };
}

/** When the first event of all has arrived, the search that found nothing is run again. */
function useFirstEvent(isEmpty: boolean, update: (change: object) => void): void {
  const wasEmpty = useRef(false);
  useEffect(() => {
    if (wasEmpty.current && !isEmpty) update({});
    wasEmpty.current = isEmpty;
  }, [isEmpty, update]);
}
