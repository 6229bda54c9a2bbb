import type { Dataset } from '../api/types.ts';
import { useText } from '../i18n/index.ts';
import { useRangeText } from '../parts/rangeText.ts';
import { usePreferences } from '../state/preferences.ts';
import { inputTime } from '../state/time/format.ts';
import { durationMillis, type Zone } from '../state/time/instant.ts';
import { ALL_TIME, boundsOf, fromBounds, isAllTime, lastRange, type TimeRange } from '../state/time/range.ts';
import type { SearchState } from '../state/url.ts';
import { extentOf } from '../state/useDatasets.ts';

interface Props {
  state: SearchState;
  datasets: Dataset[];
  onRange: (range: TimeRange) => void;
  onDataset: (dataset: string) => void;
}

/** A time to the second. */
function secondText(millis: number, zone: Zone): string {
  return inputTime(Math.floor(millis / 1000) * 1000, zone);
}

const WIDER = ['1h', '1d', '7d', '30d'];

/** Nothing matches: says where was looked, where there are events, and offers to look wider. */
export function NoHits({ state: { query, dataset, range }, datasets, onRange, onDataset }: Props) {
  const t = useText();
  const { zone } = usePreferences();
  const { text, durationText } = useRangeText();
  const extent = extentOf(datasets, dataset);
  const now = Date.now();
  const bounds = boundsOf(range, now);
  const wider = WIDER.filter((d) => bounds !== null && durationMillis(d) > (bounds.end - bounds.start) * 1.5);
  const where = dataset === '' ? t('dataset.all') : dataset;

  return (
    <section className="empty" aria-live="polite">
      <h2>{t('noHits.title')}</h2>
      <p>{t('noHits.where', { range: text(range), dataset: where })}</p>
      {extent && (
        <p>
          {t('noHits.extent', { from: secondText(extent.start, zone), to: secondText(extent.end, zone) })}{' '}
          <button
            type="button"
            className="link"
            onClick={() => onRange(fromBounds({ start: extent.start, end: extent.end + 1 }))}
          >
            {t('noHits.goThere')}
          </button>
        </p>
      )}
      <div className="empty-actions">
        {wider.map((duration) => (
          <button
            type="button"
            className="button"
            key={duration}
            onClick={() => onRange(lastRange(duration))}
          >
            {durationText(duration)}
          </button>
        ))}
        {!isAllTime(range) && (
          <button type="button" className="button" onClick={() => onRange(ALL_TIME)}>
            {t('time.all')}
          </button>
        )}
        {dataset !== '' && (
          <button type="button" className="button" onClick={() => onDataset('')}>
            {t('dataset.all')}
          </button>
        )}
      </div>
      {query !== '' && <p className="muted">{t('noHits.hint')}</p>}
    </section>
  );
}
