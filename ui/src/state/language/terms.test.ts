import { expect, test } from 'vitest';
import { matcher } from './terms.ts';

function found(query: string, text: string): string[] {
  const pattern = matcher(query);
  return pattern === null ? [] : [...text.matchAll(pattern)].map((match) => match[0]);
}

test.each([
  ['error', 'Error: no errors, ERROR_CODE, error', ['Error', 'error']],
  ['"failed password"', 'Failed password for root', ['Failed password']],
  ['time*', 'timeout of a timer, sometimes', ['timeout', 'timer']],
  ['~"ssw"', 'PaSSWord', ['SSW']],
  ['/\\d+ms/', 'took 12ms and 7ms', ['12ms', '7ms']],
  ['실패', '결제실패했습니다', ['실패']],
  ['message:timeout', 'timeout', ['timeout']],
  ['a.b', 'a.b axb', ['a.b']],
  ['message:(timeout OR refused) -x', 'timeout, x, refused', ['timeout', 'refused']],
])('%s marks', (query, text, expected) => expect(found(query, text)).toEqual(expected));

test.each([
  '-error',
  'NOT error',
  '!error',
  'level:error',
  '-(error OR x)',
  'level=error',
  'x | where error',
  '*',
  '',
])('%j marks nothing in "error"', (query) => expect(found(query, 'error')).toEqual([]));

test('a pattern that JavaScript cannot read is left out', () => {
  expect(found('/(?P<x>a)/ b', 'a b')).toEqual(['b']);
});
