/** Draws series over time with uPlot: axes in the chosen zone, a drag selects a range. */
import uPlot from 'uplot';
import { axisTime } from '../../state/time/format.ts';
import type { Zone } from '../../state/time/instant.ts';
import { cssColour } from './colours.ts';

export interface PlotSeries {
  name: string;
  /** The CSS variable that holds its colour. */
  variable: string;
  values: (number | null)[];
}

export interface PlotSpec {
  kind: 'bars' | 'lines';
  /** Milliseconds since 1970, ascending. */
  times: number[];
  series: PlotSeries[];
  /** The ends of the axis of time; by default those of the data. */
  range?: [number, number];
  zone: Zone;
  numberText: (value: number) => string;
  /** A range was dragged over; without it nothing can be dragged. */
  onZoom?: (start: number, end: number) => void;
  /** The index of the point under the pointer, or null. */
  onHover: (index: number | null, left: number) => void;
}

/** A drag shorter than this is a click. */
const DRAG_PX_MIN = 4;

/** Steps an axis of time may have, in milliseconds. */
const TIME_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3,
  1800e3, 3600e3, 7200e3, 10_800e3, 21_600e3, 43_200e3, 86_400e3, 172_800e3, 604_800e3, 2_592_000e3,
  7_776_000e3, 31_536_000e3,
];

export function createPlot(parent: HTMLElement, spec: PlotSpec): uPlot {
  const plot = new uPlot(options(parent, spec), data(spec), parent);
  const observer = new ResizeObserver(() => plot.setSize(sizeOf(parent)));
  observer.observe(parent);
  plot.hooks.destroy = [() => observer.disconnect()];
  return plot;
}

function sizeOf(parent: HTMLElement): { width: number; height: number } {
  return { width: Math.max(parent.clientWidth, 50), height: Math.max(parent.clientHeight, 50) };
}

/** Bars are stacked: each series holds the sum of those before it, and the tallest is drawn first. */
function data({ kind, times, series }: PlotSpec): uPlot.AlignedData {
  if (kind === 'lines') return [times, ...series.map((s) => s.values)];
  const sums: number[] = new Array(times.length).fill(0);
  const stacked = series.map(({ values }) =>
    values.map((value, i) => (sums[i] = (sums[i] ?? 0) + (value ?? 0))),
  );
  return [times, ...stacked.reverse()];
}

function options(parent: HTMLElement, spec: PlotSpec): uPlot.Options {
  const drawn = spec.kind === 'bars' ? spec.series.toReversed() : spec.series;
  return {
    ...sizeOf(parent),
    ms: 1,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { show: spec.kind === 'lines' },
      drag: { x: spec.onZoom !== undefined, y: false, setScale: false },
    },
    scales: {
      x: { time: true, range: spec.range },
      y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.04] },
    },
    series: [{}, ...drawn.map((series) => seriesOptions(spec.kind, series))],
    axes: [timeAxis(spec.zone), valueAxis(spec)],
    hooks: {
      setSelect: [(plot) => selectRange(plot, spec.onZoom)],
      setCursor: [(plot) => hover(plot, spec.onHover)],
    },
  };
}

function seriesOptions(kind: PlotSpec['kind'], { name, variable }: PlotSeries): uPlot.Series {
  const colour = cssColour(variable);
  if (kind === 'lines') return { label: name, stroke: colour, width: 1.5, spanGaps: false };
  const bars = uPlot.paths.bars?.({ align: 1, size: [0.88, 60], gap: 1 });
  return { label: name, fill: colour, stroke: colour, width: 0, paths: bars, points: { show: false } };
}

function timeAxis(zone: Zone): uPlot.Axis {
  return {
    ...axisColours(),
    incrs: TIME_STEPS,
    space: 76,
    size: 26,
    grid: { show: false },
    values: (_, splits, __, ___, step) => splits.map((millis) => axisTime(millis, step, zone)),
    splits: (_, __, min, max, step) => splitsOf(min, max, step, zone),
  };
}

/** Multiples of the step as a clock in the zone counts them, so that days begin at midnight there. */
function splitsOf(min: number, max: number, step: number, zone: Zone): number[] {
  const shift = zone === 'utc' ? 0 : new Date(min).getTimezoneOffset() * 60_000;
  const first = Math.ceil((min - shift) / step) * step + shift;
  const splits = [];
  for (let at = first; at <= max; at += step) splits.push(at);
  return splits;
}

/** Steps between numbers of things: no halves. */
const COUNT_STEPS = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

function valueAxis({ kind, numberText }: PlotSpec): uPlot.Axis {
  const { grid, ...colours } = axisColours();
  return {
    ...colours,
    grid,
    size: 52,
    space: 28,
    incrs: kind === 'bars' ? COUNT_STEPS : undefined,
    values: (_, splits) => splits.map(numberText),
  };
}

function axisColours() {
  const line = cssColour('--chart-grid');
  const font = `11px ${cssColour('--font-sans')}`;
  return {
    stroke: cssColour('--text-muted'),
    font,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
  };
}

function selectRange(plot: uPlot, onZoom: PlotSpec['onZoom']): void {
  const { left, width } = plot.select;
  if (width >= DRAG_PX_MIN) onZoom?.(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  if (width > 0) plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

function hover(plot: uPlot, onHover: PlotSpec['onHover']): void {
  const { idx, left = -1 } = plot.cursor;
  onHover(left < 0 || idx === undefined ? null : idx, left + plot.bbox.left / devicePixelRatio);
}
