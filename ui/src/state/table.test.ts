import { expect, test } from 'vitest';
import { percentText, typedValue } from './fieldList.ts';
import { stepOf, toHistogram } from './histogram.ts';
import { columnsOf, largestOf, sortRows, toChart } from './table.ts';

const ROWS = [
  { _time: '2026-11-23T00:05:00Z', level: 'error', count: 2 },
  { _time: '2026-11-23T00:00:00Z', level: 'info', count: 7 },
  { _time: '2026-11-23T00:05:00Z', level: 'info', count: 9 },
];

test('rows over time become one series for each key, with holes where there was nothing', () => {
  const [first, second] = [Date.parse('2026-11-23T00:00:00Z'), Date.parse('2026-11-23T00:05:00Z')];
  expect(toChart(ROWS)).toEqual({
    times: [first, second],
    series: [
      { name: 'info', values: [7, 9] },
      { name: 'error', values: [null, 2] },
    ],
  });
});

test('a key may be a number', () => {
  const rows = [
    { _time: '2026-11-23T00:00:00Z', status: 500, count: 3 },
    { _time: '2026-11-23T00:00:00Z', status: 404, count: 1 },
  ];
  expect(toChart(rows, ['status'])?.series).toEqual([
    { name: '500', values: [3] },
    { name: '404', values: [1] },
  ]);
});

test('several numbers are told apart by name; rows without time or numbers are no chart', () => {
  const rows = [{ _time: '2026-11-23T00:00:00Z', n: 1, p95: 2.5 }];
  expect(toChart(rows)?.series.map(({ name }) => name)).toEqual(['p95', 'n']);
  expect(toChart([{ host: 'a', n: 1 }])).toBeNull();
  expect(toChart([{ _time: '2026-11-23T00:00:00Z', host: 'a' }])).toBeNull();
  expect(toChart([])).toBeNull();
});

test('sorting is by number where there are numbers, and leaves absent values last or first', () => {
  const rows = [{ n: 10 }, { n: 9 }, {}];
  expect(sortRows(rows, { column: 'n', descending: false })).toEqual([{ n: 9 }, { n: 10 }, {}]);
  expect(sortRows(rows, null)).toBe(rows);
  expect(columnsOf([{ a: 1 }, { b: 2, a: 3 }])).toEqual(['a', 'b']);
});

test('bars are drawn against the largest value, and not below zero', () => {
  expect(largestOf([{ n: 3 }, { n: 7 }, {}], 'n')).toBe(7);
  expect(largestOf([{ n: 3 }, { n: -1 }], 'n')).toBeNull();
  expect(largestOf([{ n: 0 }], 'n')).toBeNull();
});

test('levels without events are left out of the histogram', () => {
  const histogram = toHistogram({
    step_ms: 60_000,
    start: '2026-11-23T00:00:00Z',
    end: '2026-11-23T00:02:00Z',
    total: 5,
    buckets: [
      { time: '2026-11-23T00:00:00Z', counts: { info: 3, error: 1, debug: 0 } },
      { time: '2026-11-23T00:01:00Z', counts: { '': 1 } },
    ],
  });
  expect(histogram.levels).toEqual([
    { level: 'error', values: [1, 0], total: 1 },
    { level: 'info', values: [3, 0], total: 3 },
    { level: '', values: [0, 1], total: 1 },
  ]);
});

test('the text of a facet becomes a value of its type, unless that would change it', () => {
  expect(typedValue('500', 'int')).toBe(500);
  expect(typedValue('-0.5', 'float')).toBe(-0.5);
  expect(typedValue('9223372036854775807', 'int')).toBe('9223372036854775807');
  expect(typedValue('false', 'bool')).toBe(false);
  expect(typedValue('500', 'string')).toBe('500');
});

test('steps and shares are short', () => {
  const steps = [30_000, 300_000, 3_600_000, 86_400_000, 250].map(stepOf);
  expect(steps.map(({ count, unit }) => `${count}${unit}`)).toEqual(['30s', '5m', '1h', '1d', '250ms']);
  expect([
    percentText(1, 3),
    percentText(1, 200),
    percentText(1, 5000),
    percentText(0, 0),
    percentText(5, 5),
  ]).toEqual(['33%', '0.5%', '<0.1%', '0%', '100%']);
});
