import { expect, test } from 'vitest';
import type { Throughput } from '../../api/clusterTypes.ts';
import { lagLines, throughputLines } from './series.ts';

const ZERO = {
  bytes_in_per_second: [null, null],
  records_out_per_second: [0, 0],
  bytes_out_per_second: [0, 0],
};
const THROUGHPUT: Throughput = {
  interval_ms: 5000,
  times: ['2026-11-23T00:00:00Z', '2026-11-23T00:00:05Z'],
  topics: [
    { name: 'web', records_in_per_second: [null, 12.5], ...ZERO },
    { name: 'still', records_in_per_second: [0, 0], ...ZERO },
  ],
  groups: [
    { name: 'store', lag_records: [5, 9] },
    { name: 'billing', lag_records: [null, 3] },
    { name: 'quick', lag_records: [0, 0] },
  ],
};

test('topics and groups that did nothing are no lines', () => {
  expect(throughputLines(THROUGHPUT, 'records_in_per_second')).toEqual({
    times: [Date.parse('2026-11-23T00:00:00Z'), Date.parse('2026-11-23T00:00:05Z')],
    series: [{ name: 'web', values: [null, 12.5] }],
  });
  expect(throughputLines(THROUGHPUT, 'bytes_in_per_second').series).toEqual([]);
});

test('the lag of a group whose commits are a hint is not drawn', () => {
  expect(lagLines(THROUGHPUT, new Set(['store'])).series.map(({ name }) => name)).toEqual(['billing']);
});
