import { useMemo } from 'react';
import { useText } from '../../i18n/index.ts';
import { compareLevels, levelKind } from '../../state/levels.ts';
import type { Chart } from '../../state/table.ts';
import { levelVariable, seriesVariable } from './colours.ts';
import { Plot } from './Plot.tsx';
import type { PlotSeries } from './plot.ts';

interface Props {
  chart: Chart;
  /** Whether the series may be stacked; else each is a line of its own. */
  stacked: boolean;
  onZoom: (start: number, end: number) => void;
}

/** Levels keep the colours they have everywhere; other series take the next of the palette. */
function coloured({ series }: Chart): PlotSeries[] {
  const areLevels = series.every(({ name }) => levelKind(name) !== 'other');
  if (!areLevels) return series.map((one, index) => ({ ...one, variable: seriesVariable(index) }));
  const ordered = series.toSorted((a, b) => compareLevels(a.name, b.name));
  return ordered.map((one) => ({ ...one, variable: levelVariable(one.name) }));
}

/** The answer of a `timechart` as lines, with a legend; the table below it holds the same numbers. */
export function SeriesChart({ chart, stacked, onZoom }: Props) {
  const t = useText();
  const series = useMemo(() => coloured(chart), [chart]);
  return (
    <section className="series-chart" aria-label={t('chart.title')}>
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
      <div className="series-chart-body">
        <Plot
          kind={stacked ? 'bars' : 'lines'}
          times={chart.times}
          series={series}
          onZoom={onZoom}
          label={t('chart.alt')}
        />
      </div>
    </section>
  );
}
