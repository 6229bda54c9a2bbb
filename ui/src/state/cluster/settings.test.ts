import { expect, test } from 'vitest';
import { changedSettings, countOf, newSettings } from './settings.ts';

const BEFORE = [
  { name: 'retention.ms', value: '1000', default: false },
  { name: 'durability', value: 'fsync', default: false },
  { name: 'segment.ms', value: '3600000', default: true },
];

test('only what was changed is sent', () => {
  const typed = [
    { name: 'retention.ms', value: '1000' },
    { name: 'durability', value: '' },
    { name: ' segment.ms ', value: ' 5 ' },
    { name: '', value: 'lost' },
  ];
  expect(changedSettings(BEFORE, typed)).toEqual({ durability: null, 'segment.ms': '5' });
  expect(changedSettings(BEFORE, BEFORE.slice(0, 2))).toEqual({});
});

test('a line without a name or a value says nothing', () => {
  expect(
    newSettings([
      { name: 'a', value: '' },
      { name: 'b', value: '1' },
    ]),
  ).toEqual({ b: '1' });
});

test('counts are whole and positive', () => {
  expect(['', ' 4 ', '0', '-1', '1.5', 'x'].map(countOf)).toEqual([undefined, 4, null, null, null, null]);
});
