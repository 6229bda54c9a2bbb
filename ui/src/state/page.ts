/** Which page is shown, as the last part of the address says; and the way to another without loading anew. */
import { useEffect, useState } from 'react';

export type PageName = 'search' | 'cluster';

/** The address of a page beside the one that is shown, whatever path the whole lies under. */
export const PAGE_ADDRESSES: Record<PageName, string> = { search: './', cluster: './cluster' };

const listeners = new Set<() => void>();
/** What stood behind the address of each page when it was left: coming back finds it as it was. */
const left = new Map<PageName, string>();

export function pageOf(pathname: string): PageName {
  return pathname.endsWith('/cluster') ? 'cluster' : 'search';
}

export function usePage(): PageName {
  const [page, setPage] = useState(() => pageOf(window.location.pathname));
  useEffect(() => {
    const follow = () => setPage(pageOf(window.location.pathname));
    listeners.add(follow);
    window.addEventListener('popstate', follow);
    return () => {
      listeners.delete(follow);
      window.removeEventListener('popstate', follow);
    };
  }, []);
  return page;
}

export function goTo(page: PageName): void {
  const here = pageOf(window.location.pathname);
  if (here === page) return;
  left.set(here, window.location.search);
  window.history.pushState(null, '', PAGE_ADDRESSES[page] + (left.get(page) ?? ''));
  for (const listener of listeners) listener();
}
