import { describe, expect, test } from 'vitest';
import { axisTime, fullTime, inputTime, rowTime, toNanos } from './format.ts';
import { durationMillis, parseDuration, parseInstant } from './instant.ts';
import { ALL_TIME, boundsOf, durationOf, lastRange, parseRange, zoomOut } from './range.ts';

// The tests run in Asia/Seoul, nine hours east of UTC.
const NOW = Date.parse('2026-11-23T03:30:00Z');

describe('a length of time', () => {
  test.each([
    ['15m', '15m'],
    ['3 hours', '3h'],
    ['2시간', '2h'],
    ['10 분', '10m'],
    ['7일', '7d'],
  ])('%s', (text, expected) => expect(parseDuration(text)).toBe(expected));

  test.each(['', 'm', '5', '5x', '1.5h', '-3h'])('%j is none', (text) =>
    expect(parseDuration(text)).toBeNull(),
  );

  test('in milliseconds', () => {
    expect(durationMillis('90s')).toBe(90_000);
    expect(durationMillis('2w')).toBe(14 * 86_400_000);
  });
});

describe('a point in time', () => {
  test.each([
    ['now', 'now'],
    ['now-3h', 'now-3h'],
    ['now - 3 hours', 'now-3h'],
    ['2026-11-23 08:00', '2026-11-22T23:00:00.000Z'],
    ['2026-11-23', '2026-11-22T15:00:00.000Z'],
    ['2026/11/23 08:00:01.5', '2026-11-22T23:00:01.500Z'],
    ['2026-11-23T08:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23 08:00 -05:30', '2026-11-23T13:30:00.000Z'],
    ['yesterday', '2026-11-21T15:00:00.000Z'],
    ['어제', '2026-11-21T15:00:00.000Z'],
    ['1795404600', '2026-11-23T03:30:00.000Z'],
    ['1795404600123', '2026-11-23T03:30:00.123Z'],
  ])('%s', (text, expected) => expect(parseInstant(text, 'local', NOW)?.text).toBe(expected));

  test('is read in the chosen zone', () => {
    expect(parseInstant('2026-11-23 08:00', 'utc', NOW)?.text).toBe('2026-11-23T08:00:00.000Z');
    expect(parseInstant('today', 'utc', NOW)?.text).toBe('2026-11-23T00:00:00.000Z');
  });

  test.each(['', 'soon', '2026-02-30', '2026-13-01', '2026-11-23 25:00', 'now+1h', '12'])(
    '%j is none',
    (text) => expect(parseInstant(text, 'local', NOW)).toBeNull(),
  );
});

describe('a range', () => {
  test.each([
    ['3h', 'now-3h', 'now'],
    ['last 15 minutes', 'now-15m', 'now'],
    ['최근 2시간', 'now-2h', 'now'],
    ['now-3h', 'now-3h', 'now'],
    ['now-2d to now-1d', 'now-2d', 'now-1d'],
    ['now-2d ~ now-1d', 'now-2d', 'now-1d'],
    ['yesterday', '2026-11-21T15:00:00.000Z', '2026-11-22T15:00:00.000Z'],
    ['2026-11-20', '2026-11-19T15:00:00.000Z', '2026-11-20T15:00:00.000Z'],
    ['2026-11-20 08:00 to 2026-11-20 09:00', '2026-11-19T23:00:00.000Z', '2026-11-20T00:00:00.000Z'],
    ['2026-11-20 08:00', '2026-11-19T23:00:00.000Z', 'now'],
    ['all', '', ''],
  ])('%s', (text, from, to) => expect(parseRange(text, 'local', NOW)).toEqual({ from, to }));

  test.each(['', 'x', 'now to now-1h', '2027-01-01 08:00', 'a to b'])('%j is none', (text) =>
    expect(parseRange(text, 'local', NOW)).toBeNull(),
  );

  test('says its length only if it ends now', () => {
    expect(durationOf(lastRange('3h'))).toBe('3h');
    expect(durationOf({ from: 'now-3h', to: 'now-1h' })).toBeNull();
    expect(durationOf(ALL_TIME)).toBeNull();
  });

  test('zooms out to the next preset, around its middle, and not past now', () => {
    expect(zoomOut(lastRange('15m'), NOW)).toEqual(lastRange('30m'));
    expect(zoomOut(lastRange('30d'), NOW)).toEqual(lastRange('60d'));
    const day = { from: '2026-11-10T00:00:00.000Z', to: '2026-11-11T00:00:00.000Z' };
    expect(zoomOut(day, NOW)).toEqual({ from: '2026-11-09T12:00:00.000Z', to: '2026-11-11T12:00:00.000Z' });
    const late = { from: '2026-11-23T01:30:00.000Z', to: '2026-11-23T03:30:00.000Z' };
    expect(boundsOf(zoomOut(late, NOW), NOW)?.end).toBe(NOW);
  });
});

test('times are printed in the chosen zone', () => {
  const time = '2026-11-23T15:04:05.120451Z';
  expect(rowTime(time, 'utc')).toBe('11-23 15:04:05.120');
  expect(rowTime(time, 'local')).toBe('11-24 00:04:05.120');
  expect(fullTime(time, 'local')).toBe('2026-11-24 00:04:05.120451 +09:00');
  expect(fullTime(time, 'utc')).toBe('2026-11-23 15:04:05.120451 UTC');
  expect(inputTime(Date.parse(time), 'utc')).toBe('2026-11-23 15:04:05.120');
  expect(axisTime(Date.parse('2026-11-23T15:00:00Z'), 3_600_000, 'local')).toBe('11-24');
  expect(rowTime('no time', 'utc')).toBe('no time');
});

test('what is printed for input is read back', () => {
  for (const zone of ['local', 'utc'] as const) {
    expect(parseInstant(inputTime(NOW + 123, zone), zone, 0)?.millis).toBe(NOW + 123);
  }
});

test('nanoseconds survive', () => {
  expect(toNanos('2026-11-23T15:04:05.123456789Z')).toBe(1_795_446_245_123_456_789n);
  expect(toNanos('2026-11-23T15:04:05Z')).toBe(1_795_446_245_000_000_000n);
  expect(toNanos('1969-12-31T23:59:59.5Z')).toBe(-500_000_000n);
  expect(toNanos('never')).toBeNull();
});
