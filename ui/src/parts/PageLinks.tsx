import type { MouseEvent } from 'react';
import { type TextKey, useText } from '../i18n/index.ts';
import { goTo, PAGE_ADDRESSES, type PageName, usePage } from '../state/page.ts';

const PAGES: [PageName, TextKey][] = [
  ['search', 'nav.search'],
  ['cluster', 'nav.cluster'],
];

/** The pages there are. A click with a key held opens a new tab, as with any link. */
export function PageLinks() {
  const t = useText();
  const current = usePage();
  const follow = (event: MouseEvent, page: PageName) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(page);
  };
  return (
    <nav className="page-links" aria-label={t('nav.label')}>
      {PAGES.map(([page, text]) => (
        <a
          key={page}
          href={PAGE_ADDRESSES[page]}
          aria-current={page === current ? 'page' : undefined}
          onClick={(event) => follow(event, page)}
        >
          {t(text)}
        </a>
      ))}
    </nav>
  );
}
