/** The search state, held by the URL alone: what is in the address bar is what is shown. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { parseState, printState, type SearchState } from './url.ts';

export interface SearchStateControl {
  state: SearchState;
  /** Counts the times a search was asked for, so that the same one can be run again. */
  run: number;
  /** Changes the search and runs it. */
  update: (change: Partial<SearchState>) => void;
  /** Changes what needs no new search (columns, live) without a step in the browser's history. */
  adjust: (change: Partial<SearchState>) => void;
}

export function useSearchState(): SearchStateControl {
  const [search, setSearch] = useState(() => window.location.search);
  const [run, setRun] = useState(0);

  useEffect(() => {
    const followBrowser = () => {
      setSearch(window.location.search);
      setRun((n) => n + 1);
    };
    window.addEventListener('popstate', followBrowser);
    return () => window.removeEventListener('popstate', followBrowser);
  }, []);

  const update = useCallback((change: Partial<SearchState>) => {
    const before = window.location.search;
    const next = printState({ ...parseState(before), ...change });
    if (next !== before) window.history.pushState(null, '', next || window.location.pathname);
    setSearch(next);
    setRun((n) => n + 1);
  }, []);

  const adjust = useCallback((change: Partial<SearchState>) => {
    const next = printState({ ...parseState(window.location.search), ...change });
    window.history.replaceState(null, '', next || window.location.pathname);
    setSearch(next);
  }, []);

  const state = useMemo(() => parseState(search), [search]);
  return { state, run, update, adjust };
}
