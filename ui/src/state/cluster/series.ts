/** Throughput and lag in the form that the charts and their tables need. */
import type { Measure, Numbers, Throughput } from '../../api/clusterTypes.ts';

export interface NamedNumbers {
  name: string;
  values: Numbers;
}

export interface Lines {
  /** Milliseconds since 1970, ascending. */
  times: number[];
  series: NamedNumbers[];
}

export const MEASURES: Measure[] = [
  'records_in_per_second',
  'bytes_in_per_second',
  'records_out_per_second',
  'bytes_out_per_second',
];

/** Topics that did something, the busiest first as the server says. */
export function throughputLines(throughput: Throughput, measure: Measure): Lines {
  const series = throughput.topics.map((topic) => ({ name: topic.name, values: topic[measure] }));
  return { times: timesOf(throughput), series: series.filter(({ values }) => hasAny(values)) };
}

/** Groups that were behind at some time; girok's own says by other means what cannot be found yet. */
export function lagLines(throughput: Throughput, own: ReadonlySet<string>): Lines {
  const groups = throughput.groups.filter(({ name }) => !own.has(name));
  const series = groups.map(({ name, lag_records }) => ({ name, values: lag_records }));
  return { times: timesOf(throughput), series: series.filter(({ values }) => hasAny(values)) };
}

function timesOf(throughput: Throughput): number[] {
  return throughput.times.map((time) => Date.parse(time));
}

function hasAny(values: Numbers): boolean {
  return values.some((value) => value !== null && value > 0);
}
