import { lazy, Suspense } from 'react';
import { useText } from '../i18n/index.ts';
import { usePage } from '../state/page.ts';
import { SearchView } from './SearchView.tsx';

/** What only operators open is loaded when they do. */
const ClusterView = lazy(() => import('./cluster/ClusterView.tsx'));

/** The page that the address names. */
export function App() {
  const t = useText();
  return usePage() === 'cluster' ? (
    <Suspense fallback={<p className="empty-note">{t('loading')}</p>}>
      <ClusterView />
    </Suspense>
  ) : (
    <SearchView />
  );
}
