/** A value that is asked for again and again. */
import { useCallback, useEffect, useState } from 'react';
import { type ApiError, asApiError, isAbort } from '../../api/http.ts';

export interface Polled<T> {
  /** The latest answer; it stays while later requests fail. */
  value: T | null;
  /** Why the latest request failed. */
  error: ApiError | null;
}

/** The number of the round, and a way to begin the next at once. It also rises by itself while `active` and seen. */
export function useRounds(intervalMs: number, active: boolean): [number, () => void] {
  const [round, setRound] = useState(0);
  const next = useCallback(() => setRound((n) => n + 1), []);
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') next();
    }, intervalMs);
    return () => clearInterval(timer);
  }, [active, intervalMs, next]);
  return [round, next];
}

/** Asks once a round. `ask` must keep its identity until something else is wanted; null asks for nothing. */
export function usePoll<T>(ask: ((signal: AbortSignal) => Promise<T>) | null, round: number): Polled<T> {
  const [answer, setAnswer] = useState<Polled<T> & { of: unknown }>({ of: null, value: null, error: null });

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round asks once
  useEffect(() => {
    if (ask === null) return;
    const abort = new AbortController();
    ask(abort.signal).then(
      (value) => setAnswer({ of: ask, value, error: null }),
      (cause: unknown) => {
        if (isAbort(cause)) return;
        setAnswer((a) => ({ of: ask, value: a.of === ask ? a.value : null, error: asApiError(cause) }));
      },
    );
    return () => abort.abort();
  }, [ask, round]);

  // What was asked for before is no answer to what is asked now.
  const isCurrent = ask !== null && answer.of === ask;
  return { value: isCurrent ? answer.value : null, error: isCurrent ? answer.error : null };
}
