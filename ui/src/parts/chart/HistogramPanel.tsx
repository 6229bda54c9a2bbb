import { useMemo, useState } from 'react';
import { type Translate, useText } from '../../i18n/index.ts';
import { type Histogram, stepOf } from '../../state/histogram.ts';
import type { Mode } from '../../state/language/edit.ts';
import { IconButton } from '../IconButton.tsx';
import { levelVariable } from './colours.ts';
import { HistogramTable } from './HistogramTable.tsx';
import { LevelLegend } from './LevelLegend.tsx';
import { Plot } from './Plot.tsx';

interface Props {
  histogram: Histogram | null;
  loading: boolean;
  onZoom: (start: number, end: number) => void;
  onZoomOut: () => void;
  /** A level was chosen in the legend. */
  onLevel: (level: string, mode: Mode) => void;
}

function stepText(millis: number, t: Translate): string {
  const { count, unit } = stepOf(millis);
  return t('histogram.step', { step: t(`unit.${unit}`, { n: count }) });
}

/** Events over the whole range, by level: a chart to drag over, or the same numbers as a table. */
export function HistogramPanel({ histogram, loading, onZoom, onZoomOut, onLevel }: Props) {
  const t = useText();
  const [asTable, setAsTable] = useState(false);
  const series = useMemo(() => {
    const name = (level: string) => (level === '' ? t('level.none') : level);
    const levels = histogram?.levels ?? [];
    return levels.map(({ level, values }) => ({ name: name(level), variable: levelVariable(level), values }));
  }, [histogram, t]);

  return (
    <section className={`histogram ${loading ? 'is-loading' : ''}`} aria-label={t('histogram.title')}>
      <header className="panel-bar">
        <h2 className="histogram-total" aria-live="polite">
          {histogram ? t('histogram.total', { n: histogram.total }) : t('histogram.title')}
        </h2>
        {histogram && <LevelLegend levels={histogram.levels} onChoose={onLevel} />}
        <span className="spring" />
        {histogram && <span className="muted nowrap">{stepText(histogram.stepMillis, t)}</span>}
        <IconButton icon="zoomOut" label={t('histogram.zoomOut')} onClick={onZoomOut} />
        <IconButton
          icon={asTable ? 'bars' : 'table'}
          label={asTable ? t('histogram.asChart') : t('histogram.asTable')}
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      {histogram === null || histogram.times.length === 0 || asTable ? (
        <div className="histogram-body">
          {histogram && <HistogramTable histogram={histogram} onZoom={onZoom} />}
        </div>
      ) : (
        <div className="histogram-body">
          <Plot
            kind="bars"
            times={histogram.times}
            series={series}
            range={[histogram.start, histogram.end]}
            onZoom={onZoom}
            label={t('histogram.alt', { n: histogram.total })}
          />
        </div>
      )}
    </section>
  );
}
