import { expect, test } from 'vitest';
import { type TargetKind, targetOf } from './reset.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');

test.each<[TargetKind, string, unknown]>([
  ['earliest', '', 'earliest'],
  ['latest', 'whatever', 'latest'],
  ['offset', ' 42 ', { offset: 42 }],
  ['offset', '-1', null],
  ['time', '2026-11-23 08:00', { time: '2026-11-23T08:00:00.000Z' }],
  ['time', 'now-1h', { time: 'now-1h' }],
  ['time', '', null],
  ['time', 'someday', null],
  ['duration', '2h', { time: 'now-2h' }],
  ['duration', '3시간', { time: 'now-3h' }],
  ['duration', 'x', null],
])('%s "%s"', (kind, typed, target) => expect(targetOf(kind, typed, 'utc', NOW)).toEqual(target));
