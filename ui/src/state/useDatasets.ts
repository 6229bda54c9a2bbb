/** The datasets there are, looked up again at intervals: quickly while there is none, slowly after. */
import { useCallback, useEffect, useState } from 'react';
import { fetchDatasets } from '../api/client.ts';
import { type ApiError, asApiError, isAbort } from '../api/http.ts';
import type { Dataset } from '../api/types.ts';

export interface DatasetsState {
  /** Null until the first answer. */
  datasets: Dataset[] | null;
  error: ApiError | null;
  refresh: () => void;
}

const QUICK_MS = 2_000;
const SLOW_MS = 30_000;

export function useDatasets(): DatasetsState {
  const [datasets, setDatasets] = useState<Dataset[] | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks once
  useEffect(() => {
    const abort = new AbortController();
    fetchDatasets(abort.signal).then(
      (found) => {
        setDatasets(found);
        setError(null);
      },
      (cause: unknown) => {
        if (!isAbort(cause)) setError(asApiError(cause));
      },
    );
    return () => abort.abort();
  }, [round]);

  const refresh = useCallback(() => setRound((n) => n + 1), []);
  const quick = error !== null || !hasEvents(datasets);

  useEffect(() => {
    const timer = setInterval(refresh, quick ? QUICK_MS : SLOW_MS);
    return () => clearInterval(timer);
  }, [quick, refresh]);

  return { datasets, error, refresh };
}

export function hasEvents(datasets: Dataset[] | null): boolean {
  return datasets?.some((dataset) => dataset.rows > 0) ?? false;
}

/** The first and the last time of any event in `dataset` (empty: in all), or null. */
export function extentOf(datasets: Dataset[], dataset: string): { start: number; end: number } | null {
  const chosen = datasets.filter((d) => (dataset === '' || d.name === dataset) && d.time_min && d.time_max);
  if (chosen.length === 0) return null;
  return {
    start: Math.min(...chosen.map((d) => Date.parse(d.time_min ?? ''))),
    end: Math.max(...chosen.map((d) => Date.parse(d.time_max ?? ''))),
  };
}
