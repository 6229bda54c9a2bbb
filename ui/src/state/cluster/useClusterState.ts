/** What is open on the cluster page, held by the URL alone. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type ClusterState, parseCluster, printCluster } from './url.ts';

export interface ClusterStateControl {
  state: ClusterState;
  /** Changes what is open, with a step in the browser's history. */
  update: (change: Partial<ClusterState>) => void;
}

export function useClusterState(): ClusterStateControl {
  const [search, setSearch] = useState(() => window.location.search);

  useEffect(() => {
    const followBrowser = () => setSearch(window.location.search);
    window.addEventListener('popstate', followBrowser);
    return () => window.removeEventListener('popstate', followBrowser);
  }, []);

  const update = useCallback((change: Partial<ClusterState>) => {
    const before = window.location.search;
    const next = printCluster({ ...parseCluster(before), ...change });
    if (next !== before) window.history.pushState(null, '', next || window.location.pathname);
    setSearch(next);
  }, []);

  const state = useMemo(() => parseCluster(search), [search]);
  return { state, update };
}
