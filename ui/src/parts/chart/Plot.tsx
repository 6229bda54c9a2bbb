import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef, useState } from 'react';
import { formatCompact, formatNumber } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';
import { inputTime } from '../../state/time/format.ts';
import { useColourScheme } from './colours.ts';
import { createPlot, type PlotSeries, type PlotSpec } from './plot.ts';

interface Props extends Pick<PlotSpec, 'kind' | 'times' | 'series' | 'range' | 'onZoom'> {
  /** What the chart shows; the same numbers stand in a table beside it. */
  label: string;
  /** How a value is written at the axis and at the pointer; by default as a plain number. */
  valueText?: (value: number) => string;
}

/** A chart over time with the values under the pointer. */
export function Plot({ kind, times, series, range, onZoom, label, valueText }: Props) {
  const { zone, language } = usePreferences();
  const scheme = useColourScheme();
  const parent = useRef<HTMLDivElement>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const [hover, setHover] = useState<{ index: number; left: number } | null>(null);
  const canZoom = onZoom !== undefined;
  const [from, to] = range ?? [];

  // biome-ignore lint/correctness/useExhaustiveDependencies: a canvas does not follow the colours by itself
  useEffect(() => {
    if (parent.current === null) return;
    const plot = createPlot(parent.current, {
      kind,
      times,
      series,
      range: from !== undefined && to !== undefined ? [from, to] : undefined,
      zone,
      numberText: valueText ?? ((value) => formatCompact(language, value)),
      onZoom: canZoom ? (start, end) => zoom.current?.(start, end) : undefined,
      onHover: (index, left) => setHover(index === null ? null : { index, left }),
    });
    return () => plot.destroy();
  }, [kind, times, series, from, to, zone, language, scheme, canZoom, valueText]);

  return (
    <div className="plot">
      <div className="plot-canvas" ref={parent} role="img" aria-label={label} />
      {hover && (
        <Tooltip
          series={series}
          index={hover.index}
          left={hover.left}
          isLate={hover.index > times.length / 2}
          time={times[hover.index]}
          valueText={valueText ?? ((value) => formatNumber(language, value))}
        />
      )}
    </div>
  );
}

const TOOLTIP_ROWS_MAX = 10;

interface TooltipProps {
  series: PlotSeries[];
  index: number;
  left: number;
  /** In the second half of the chart the values stand left of the pointer, where there is room. */
  isLate: boolean;
  time: number | undefined;
  valueText: (value: number) => string;
}

function Tooltip({ series, index, left, isLate, time, valueText }: TooltipProps) {
  const { zone } = usePreferences();
  const shown = series.filter(({ values }) => (values[index] ?? 0) !== 0).slice(0, TOOLTIP_ROWS_MAX);
  if (time === undefined || shown.length === 0) return null;
  return (
    <div className={`plot-tooltip ${isLate ? 'is-left' : ''}`} style={{ left: `${left}px` }}>
      <div className="muted">{inputTime(time, zone)}</div>
      {shown.map(({ name, variable, values }) => (
        <div key={name} className="plot-tooltip-row">
          <i style={{ background: `var(${variable})` }} />
          <span className="ellipsis">{name}</span>
          <b>{valueText(values[index] ?? 0)}</b>
        </div>
      ))}
    </div>
  );
}
