/** Counts per step of time, split by level, brought into the form the chart and its table need. */
import type { Hits } from '../api/types.ts';
import { compareLevels } from './levels.ts';

export interface LevelSeries {
  level: string;
  total: number;
  values: number[];
}

export interface Histogram {
  times: number[];
  /** The gravest level first. */
  levels: LevelSeries[];
  /** Not a number if there is no step at all. */
  start: number;
  end: number;
  stepMillis: number;
  total: number;
}

export function toHistogram(hits: Hits): Histogram {
  const names = new Set(hits.buckets.flatMap((bucket) => Object.keys(bucket.counts)));
  const levels = [...names].sort(compareLevels).map((level): LevelSeries => {
    const values = hits.buckets.map((bucket) => bucket.counts[level] ?? 0);
    return { level, values, total: values.reduce((sum, count) => sum + count, 0) };
  });
  return {
    times: hits.buckets.map((bucket) => Date.parse(bucket.time)),
    levels: levels.filter(({ total }) => total > 0),
    start: Date.parse(hits.start ?? ''),
    end: Date.parse(hits.end ?? ''),
    stepMillis: hits.step_ms,
    total: hits.total,
  };
}

export type StepUnit = 'd' | 'h' | 'm' | 's' | 'ms';

const STEP_UNITS: [number, StepUnit][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];

/** A step of time in its largest whole unit: 30 s, 5 m, 1 h. */
export function stepOf(millis: number): { count: number; unit: StepUnit } {
  const [size, unit] = STEP_UNITS.find(([size]) => millis >= size && millis % size === 0) ?? [
    1,
    'ms' as const,
  ];
  return { count: millis / size, unit };
}
