/** One request whose answer is a single value: fetched anew when its key changes, called off when not wanted. */
import { useEffect, useState } from 'react';
import { type ApiError, asApiError, isAbort } from '../api/http.ts';

export interface Answer<T> {
  /** The latest answer; the one before stays until the next is there. */
  value: T | null;
  error: ApiError | null;
  loading: boolean;
}

/** `ask` must keep its identity until a new answer is wanted; null asks for nothing. */
export function useAnswer<T>(ask: ((signal: AbortSignal) => Promise<T>) | null): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ value: null, error: null, loading: ask !== null });

  useEffect(() => {
    if (ask === null) return;
    const abort = new AbortController();
    setAnswer((a) => ({ ...a, loading: true }));
    ask(abort.signal).then(
      (value) => setAnswer({ value, error: null, loading: false }),
      (cause: unknown) => {
        if (!isAbort(cause)) setAnswer({ value: null, error: asApiError(cause), loading: false });
      },
    );
    return () => abort.abort();
  }, [ask]);

  return answer;
}
