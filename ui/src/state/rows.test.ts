import { expect, test } from 'vitest';
import type { Row } from '../api/types.ts';
import { compareLevels, levelKind, levelOf } from './levels.ts';
import { appendPage, endOfNextPage, prependNewest, textOf } from './rows.ts';

function event(offset: number, time = '2026-11-23T00:00:00.000000001Z'): Row {
  return { _time: time, _dataset: 'web', _partition: 0, _offset: offset, message: `line ${offset}` };
}

test('the next page ends right after the last instant, and its twins are dropped', () => {
  const rows = [event(3), event(2)];
  expect(endOfNextPage(rows)).toBe('1795392000000000002');
  expect(appendPage(rows, [event(2), event(1)])).toEqual([event(3), event(2), event(1)]);
  expect(endOfNextPage([])).toBeNull();
});

test('the tail keeps the newest first, each once, and no more than its bound', () => {
  const rows = prependNewest([event(2), event(1)], [event(2), event(3), event(4)], 3);
  expect(rows.map((row) => row._offset)).toEqual([4, 3, 2]);
});

test('an event without a message is told by its fields', () => {
  expect(textOf({ _time: 'x', a: 1, b: 'two', c: { d: true } })).toBe('a=1 b=two c={"d":true}');
  expect(textOf(event(1))).toBe('line 1');
});

test('levels of all spellings find their kind, the gravest first', () => {
  expect(['CRITICAL', 'err', 'Warning', '30', 'x', ''].map(levelKind)).toEqual([
    'fatal',
    'error',
    'warn',
    'info',
    'other',
    'none',
  ]);
  expect(['', 'info', 'error', 'warn'].sort(compareLevels)).toEqual(['error', 'warn', 'info', '']);
  expect(levelOf({ severity: 4, level: 'warn' })).toBe('warn');
});
