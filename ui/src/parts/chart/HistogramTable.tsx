import { formatNumber, useText } from '../../i18n/index.ts';
import type { Histogram } from '../../state/histogram.ts';
import { usePreferences } from '../../state/preferences.ts';
import { inputTime } from '../../state/time/format.ts';

interface Props {
  histogram: Histogram;
  onZoom: (start: number, end: number) => void;
}

/** The numbers of the histogram, for those who cannot see or drag over a chart. */
export function HistogramTable({ histogram: { times, levels, stepMillis }, onZoom }: Props) {
  const t = useText();
  const { zone, language } = usePreferences();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="scroll-table" tabIndex={0} aria-label={t('histogram.title')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('column.time')}</th>
            {levels.map(({ level }) => (
              <th scope="col" key={level} className="number">
                {level === '' ? t('level.none') : level}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">
                <button
                  type="button"
                  className="link"
                  title={t('histogram.zoomTo')}
                  onClick={() => onZoom(time, time + stepMillis)}
                >
                  {inputTime(time, zone)}
                </button>
              </th>
              {levels.map(({ level, values }) => (
                <td key={level} className="number">
                  {formatNumber(language, values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
