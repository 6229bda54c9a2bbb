import { expect, test } from 'vitest';
import { canFollow, canPageByTime, eventsPart, groupKeys, isAdditive, shapeOf } from './shape.ts';

test.each([
  ['', 'events'],
  ['stats', 'events'],
  ['"| stats count()"', 'events'],
  ['x | where a > 1', 'events'],
  ['x | sort -a', 'events'],
  ['* | stats count() by host', 'table'],
  ['* | top 10 host | head 3', 'table'],
  ['x | fields a, b', 'table'],
  ['* | TIMECHART count()', 'chart'],
  ['* | timechart count() | stats max(count)', 'table'],
])('%j is answered by %s', (query, shape) => expect(shapeOf(query)).toBe(shape));

test('only an answer in order of time, whole, is paged by time', () => {
  expect(canPageByTime('error')).toBe(true);
  expect(canPageByTime('error | where status > 400')).toBe(true);
  for (const query of ['x | sort a', 'x | head 10', 'x | fields a']) expect(canPageByTime(query)).toBe(false);
});

test('the histogram counts the events that reach the first computing pipe', () => {
  expect(eventsPart('error | where a > 1 | stats count()')).toBe('error | where a > 1');
  expect(eventsPart('error | top 10 host | where count > 3')).toBe('error');
  expect(eventsPart('| stats count()')).toBe('');
  expect(eventsPart('error')).toBe('error');
});

test('counts and sums are stacked, means are not', () => {
  expect(isAdditive('* | timechart count() by level')).toBe(true);
  expect(isAdditive('* | timechart sum(bytes), count()')).toBe(true);
  for (const query of ['* | timechart avg(ms)', '* | timechart count(), p95(ms)', '*'])
    expect(isAdditive(query)).toBe(false);
});

test('only what is filtered can be followed live', () => {
  expect(canFollow('error | where status > 400')).toBe(true);
  for (const query of ['* | sort a', '* | head 5', '* | stats count()']) expect(canFollow(query)).toBe(false);
});

test('the keys of the last grouping are known by name', () => {
  expect(groupKeys('* | timechart count() by status, `odd name` | sort _time')).toEqual([
    'status',
    'odd name',
  ]);
  expect(groupKeys('by level | timechart count()')).toEqual([]);
});
