import { type ReactNode, useMemo, useState } from 'react';
import { useText } from '../i18n/index.ts';
import type { Lines } from '../state/cluster/series.ts';
import { usePreferences } from '../state/preferences.ts';
import { inputTime } from '../state/time/format.ts';
import { seriesVariable } from './chart/colours.ts';
import { Plot } from './chart/Plot.tsx';
import { IconButton } from './IconButton.tsx';

interface Props {
  title: string;
  lines: Lines;
  valueText: (value: number) => string;
  /** What stands there while there is no line. */
  emptyText: string;
  /** What chooses the lines. */
  children?: ReactNode;
}

/** Lines over time with a legend, or the same numbers as a table. */
export function LinesPanel({ title, lines, valueText, emptyText, children }: Props) {
  const t = useText();
  const [asTable, setAsTable] = useState(false);
  const series = useMemo(
    () => lines.series.map((one, index) => ({ ...one, variable: seriesVariable(index) })),
    [lines],
  );
  return (
    <section className="panel lines-panel" aria-label={title}>
      <header className="panel-bar">
        <h2>{title}</h2>
        {children}
        <span className="spring" />
        <IconButton
          icon={asTable ? 'bars' : 'table'}
          label={asTable ? t('histogram.asChart') : t('histogram.asTable')}
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      <ul className="legend">
        {series.map(({ name, variable }) => (
          <li key={name}>
            <span className="legend-name">
              <i style={{ background: `var(${variable})` }} />
              {name}
            </span>
          </li>
        ))}
      </ul>
      <div className="lines-body">
        {series.length === 0 ? (
          <p className="lines-empty muted">{emptyText}</p>
        ) : asTable ? (
          <LinesTable title={title} lines={lines} valueText={valueText} />
        ) : (
          <Plot
            kind="lines"
            times={lines.times}
            series={series}
            valueText={valueText}
            label={t('cluster.chartAlt', { title })}
          />
        )}
      </div>
    </section>
  );
}

/** The newest first: that is what is looked for. */
function LinesTable({ title, lines, valueText }: Pick<Props, 'title' | 'lines' | 'valueText'>) {
  const t = useText();
  const { zone } = usePreferences();
  const newestFirst = lines.times.map((time, index) => ({ time, index })).reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="scroll-table" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('column.time')}</th>
            {lines.series.map(({ name }) => (
              <th scope="col" className="number" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {newestFirst.map(({ time, index }) => (
            <tr key={time}>
              <th scope="row">{inputTime(Math.floor(time / 1000) * 1000, zone)}</th>
              {lines.series.map(({ name, values }) => (
                <td className="number" key={name}>
                  {values[index] == null ? '' : valueText(values[index] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
