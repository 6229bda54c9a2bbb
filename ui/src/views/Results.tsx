import { useMemo, useRef } from 'react';
import type { Dataset } from '../api/types.ts';
import { useText } from '../i18n/index.ts';
import { HistogramPanel } from '../parts/chart/HistogramPanel.tsx';
import { SeriesChart } from '../parts/chart/SeriesChart.tsx';
import { LiveBar } from '../parts/LiveBar.tsx';
import { LogList } from '../parts/list/LogList.tsx';
import { ResultTable } from '../parts/list/ResultTable.tsx';
import { groupKeys, isAdditive } from '../state/language/shape.ts';
import { matcher } from '../state/language/terms.ts';
import { isEvent } from '../state/rows.ts';
import { shareUrl } from '../state/share.ts';
import { toChart } from '../state/table.ts';
import type { SearchPage } from '../state/useSearchPage.ts';
import { NoHits } from './NoHits.tsx';
import { ResultBar } from './ResultBar.tsx';

interface Props {
  page: SearchPage;
  datasets: Dataset[];
}

/** The answer: histogram, what it cost, and the rows as a list, a table or a chart. */
export function Results({ page, datasets }: Props) {
  const { search, state } = page;
  const { shape, rows, tail, histogram } = search;
  const scroller = useRef<HTMLDivElement>(null);
  const isList = rows.rows.length > 0 ? isEvent(rows.rows[0] ?? {}) : shape === 'events';
  const chart = useMemo(
    () => (shape === 'chart' ? toChart(rows.rows, groupKeys(state.query)) : null),
    [shape, rows.rows, state.query],
  );
  const resume = () => {
    scroller.current?.scrollTo({ top: 0 });
    tail?.setPaused(false);
  };

  return (
    <div className={`results ${rows.stale ? 'is-stale' : ''}`}>
      <HistogramPanel
        histogram={histogram}
        loading={search.hits.loading}
        onZoom={page.zoom}
        onZoomOut={page.zoomOut}
        onLevel={(level, mode) => page.rowActions.filter('level', level === '' ? null : level, mode)}
      />
      <ResultBar
        rows={rows}
        isList={isList}
        scope={search.scope}
        shareUrl={() => shareUrl(state, histogram)}
      />
      {tail && <LiveBar tail={tail} onResume={resume} />}
      {chart && <SeriesChart chart={chart} stacked={isAdditive(state.query)} onZoom={page.zoom} />}
      <Rows page={page} datasets={datasets} isList={isList} scroller={scroller} />
    </div>
  );
}

interface RowsProps extends Props {
  isList: boolean;
  scroller: React.RefObject<HTMLDivElement | null>;
}

function Rows({
  page: { search, state, chooseRange, chooseDataset },
  datasets,
  isList,
  scroller,
}: RowsProps) {
  const t = useText();
  const { rows, tail } = search;
  const pattern = useMemo(() => matcher(state.query), [state.query]);
  if (rows.rows.length > 0 && !isList) return <ResultTable rows={rows.rows} />;
  if (rows.rows.length > 0 || rows.phase === 'running') {
    return (
      <LogList
        rows={rows.rows}
        columns={state.columns}
        showDataset={state.dataset === '' && datasets.length > 1}
        pattern={pattern}
        scroller={scroller}
        onEnd={rows.loadMore}
        onTop={tail ? (atTop) => tail.setPaused(!atTop) : undefined}
      />
    );
  }
  // Why there is no row: it was called off, the query is wrong, nobody answers, none has come yet, or none matches.
  if (rows.phase === 'cancelled') return null;
  if (rows.error) {
    return <p className="empty-note">{t(rows.error.unreachable ? 'unreachable.title' : 'query.refused')}</p>;
  }
  if (tail) return <p className="empty-note">{t('live.waiting')}</p>;
  return <NoHits state={state} datasets={datasets} onRange={chooseRange} onDataset={chooseDataset} />;
}
