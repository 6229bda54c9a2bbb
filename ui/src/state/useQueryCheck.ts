/** Asks the server what is wrong with a query while it is typed, once the typing rests. */
import { useEffect, useState } from 'react';
import { checkQuery } from '../api/client.ts';
import type { ErrorBody } from '../api/types.ts';

const REST_MS = 700;

export interface Checked {
  query: string;
  error: ErrorBody | null;
}

/** The last check; it counts only for the very text it was made of. */
export function useQueryCheck(query: string): ErrorBody | null {
  const [checked, setChecked] = useState<Checked>({ query: '', error: null });

  useEffect(() => {
    if (query.trim() === '') return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      checkQuery(query, abort.signal).then(
        (error) => setChecked({ query, error }),
        // No answer means no opinion: running the query will tell.
        () => undefined,
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [query]);

  return checked.query === query ? checked.error : null;
}
