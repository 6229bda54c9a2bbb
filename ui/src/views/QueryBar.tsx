import { useMemo, useRef } from 'react';
import { useText } from '../i18n/index.ts';
import type { CompletionSource } from '../parts/editor/completion.ts';
import { QueryEditor } from '../parts/editor/QueryEditor.tsx';
import { HistoryMenu } from '../parts/HistoryMenu.tsx';
import { Icon } from '../parts/Icon.tsx';
import { QueryError, QueryWarnings } from '../parts/QueryError.tsx';
import { TimePicker } from '../parts/TimePicker.tsx';
import type { SearchPage } from '../state/useSearchPage.ts';

/** What to search for, in which range of time; what is wrong with it stands below. */
export function QueryBar({ page }: { page: SearchPage }) {
  const { draft, setDraft, runQuery, queryError, isRunning, state } = page;
  const source = useCompletionSource(page);
  const span = queryError?.span;
  const underline = useMemo(() => (span ? { start: span.start16, end: span.end16 } : null), [span]);

  return (
    <search className="query-area">
      <div className="query-bar">
        <div className={`query-box ${queryError ? 'has-error' : ''}`}>
          <HistoryMenu onPick={runQuery} />
          <QueryEditor value={draft} onChange={setDraft} onRun={runQuery} error={underline} source={source} />
        </div>
        <TimePicker range={state.range} onChange={page.chooseRange} />
        <RunButton page={page} />
        <LiveButton page={page} />
      </div>
      <div className={`progress ${isRunning ? 'is-running' : ''}`} aria-hidden="true" />
      {queryError && <QueryError query={draft} error={queryError} />}
      <QueryWarnings warnings={page.warnings} />
    </search>
  );
}

/** Keeps its identity, so that the editor is built once, and always asks the latest search. */
function useCompletionSource({ search }: SearchPage): CompletionSource {
  const latest = useRef(search);
  latest.current = search;
  return useMemo(
    () => ({
      fields: () => latest.current.fields,
      values: (field, prefix) => latest.current.values(field, prefix),
    }),
    [],
  );
}

function RunButton({ page: { isRunning, search, runQuery, draft } }: { page: SearchPage }) {
  const t = useText();
  if (isRunning) {
    return (
      <button
        type="button"
        className="button primary run"
        onClick={search.rows.cancel}
        title={t('query.cancelHint')}
      >
        <Icon name="stop" /> {t('query.cancel')}
      </button>
    );
  }
  return (
    <button
      type="button"
      className="button primary run"
      onClick={() => runQuery(draft)}
      title={t('query.runHint')}
    >
      <Icon name="search" /> {t('query.run')}
    </button>
  );
}

function LiveButton({ page: { state, canFollow, toggleLive } }: { page: SearchPage }) {
  const t = useText();
  return (
    <button
      type="button"
      className={`button live ${state.live && canFollow ? 'is-on' : ''}`}
      aria-pressed={state.live && canFollow}
      onClick={toggleLive}
      disabled={!canFollow}
      title={canFollow ? t('live.hint') : t('live.notFor')}
    >
      <Icon name="live" /> {t('live.name')}
    </button>
  );
}
