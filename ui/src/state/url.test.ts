import { expect, test } from 'vitest';
import { ALL_TIME, lastRange } from './time/range.ts';
import { DEFAULT_STATE, parseState, printState, type SearchState } from './url.ts';

const FULL: SearchState = {
  query: 'level="error" & 결제 #1 | top 10 host',
  dataset: 'web',
  range: { from: '2026-11-23T01:00:00.000Z', to: 'now' },
  columns: ['http.response.status_code', 'odd name,with=signs'],
  live: true,
};

test.each([DEFAULT_STATE, FULL, { ...FULL, range: ALL_TIME }, { ...DEFAULT_STATE, range: lastRange('7d') }])(
  'a state read back from its link is the same (%#)',
  (state) => expect(parseState(printState(state))).toEqual(state),
);

test('what is as by default is not in the link', () => {
  expect(printState(DEFAULT_STATE)).toBe('');
  expect(printState({ ...DEFAULT_STATE, query: 'a' })).toBe('?q=a');
});

test('a strange link opens the page all the same', () => {
  expect(parseState('?col=&col=a&col=a&live=yes&from=&x=1')).toEqual({ ...DEFAULT_STATE, columns: ['a'] });
});
