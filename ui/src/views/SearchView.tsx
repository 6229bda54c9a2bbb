import { useState } from 'react';
import { useText } from '../i18n/index.ts';
import { DatasetPicker } from '../parts/DatasetPicker.tsx';
import { FieldSidebar } from '../parts/fields/FieldSidebar.tsx';
import { HelpDialog } from '../parts/HelpDialog.tsx';
import { RowActionsContext } from '../parts/list/actions.ts';
import { usePreferences } from '../state/preferences.ts';
import { type SearchPage, useSearchPage } from '../state/useSearchPage.ts';
import { useShortcuts } from '../state/useShortcuts.ts';
import { Header } from './Header.tsx';
import { Onboarding } from './Onboarding.tsx';
import { QueryBar } from './QueryBar.tsx';
import { Results } from './Results.tsx';
import { Unreachable } from './Unreachable.tsx';

/** The search page. */
export function SearchView() {
  const page = useSearchPage();
  const [help, setHelp] = useState(false);
  const openHelp = () => setHelp(true);
  useShortcuts(shortcutsOf(page, openHelp));

  return (
    <RowActionsContext value={page.rowActions}>
      <Header onHelp={openHelp}>
        <DatasetPicker
          datasets={page.datasets ?? []}
          chosen={page.state.dataset}
          onChoose={page.chooseDataset}
        />
      </Header>
      <QueryBar page={page} />
      <Body page={page} />
      {help && (
        <HelpDialog
          onClose={() => setHelp(false)}
          onPick={(query) => {
            setHelp(false);
            page.runQuery(query);
          }}
        />
      )}
    </RowActionsContext>
  );
}

function shortcutsOf(page: SearchPage, openHelp: () => void) {
  const focus = (selector: string) => document.querySelector<HTMLElement>(selector)?.focus();
  const focusList = () => focus('.log-list [data-row][tabindex="0"]');
  return {
    '/': () => focus('.query-editor .cm-content'),
    '?': openHelp,
    j: focusList,
    k: focusList,
    l: page.toggleLive,
    run: () => page.runQuery(page.draft),
    escape: () => {
      page.search.rows.cancel();
      // Out of the query bar, so that the keys of the list work.
      if (!page.isRunning) (document.activeElement as HTMLElement | null)?.blur();
    },
  };
}

/** Below the query bar: why there is nothing to search, or the fields and the answer. */
function Body({ page }: { page: SearchPage }) {
  const t = useText();
  const { sidebar } = usePreferences();
  const { datasets, error, isEmpty, search, state } = page;
  if (datasets === null) return error && <Unreachable onRetry={page.refresh} />;
  if (isEmpty) return <Onboarding />;
  return (
    <main className={`search-body ${sidebar ? '' : 'no-sidebar'}`}>
      <h1 className="visually-hidden">{t('page.title')}</h1>
      {sidebar && (
        <FieldSidebar
          fields={search.fields}
          facets={search.facets.value}
          loading={search.facets.loading}
          columns={state.columns}
          scope={search.counted}
        />
      )}
      <Results page={page} datasets={datasets} />
    </main>
  );
}
