import { expect, test } from 'vitest';
import { tokenize } from './tokens.ts';

/** Kinds and texts of all tokens but spaces. */
function kinds(query: string): string[] {
  return tokenize(query)
    .filter((token) => token.kind !== 'space')
    .map((token) => `${token.kind} ${token.text}`);
}

test('the head knows fields, values, negation and keywords', () => {
  expect(kinds('error -level:"a b" OR `odd name`=5')).toEqual([
    'word error',
    'negation -',
    'field level',
    'operator :',
    'string "a b"',
    'keyword OR',
    'field `odd name`',
    'operator =',
    'number 5',
  ]);
});

test('a pattern is one token, a pipe inside it is none', () => {
  expect(kinds('/a|b\\/c/ x')).toEqual(['regex /a|b\\/c/', 'word x']);
  expect(kinds('url.path:/api/v1/')).toEqual(['field url.path', 'operator :', 'word /api/v1/']);
});

test.each([
  ['url:http://x/?a=b', ['field url', 'operator :', 'word http://x/?a=b']],
  ['http://x/a level=error', ['word http://x/a', 'field level', 'operator =', 'word error']],
  ['10:30:00 std::io', ['word 10:30:00', 'word std::io']],
  ['a || b && !c', ['word a', 'keyword ||', 'word b', 'keyword &&', 'negation !', 'word c']],
  ['status:>=500', ['field status', 'operator :', 'operator >=', 'number 500']],
  ["it's 'a | b'", ["word it's", "string 'a | b'"]],
  ['sshd[123] /var/log', ['word sshd[123]', 'word /var/log']],
  [
    's:[200 TO 299] x',
    ['field s', 'operator :', 'open [', 'number 200', 'keyword TO', 'number 299', 'close ]', 'word x'],
  ],
  ['a // b | c', ['word a', 'comment // b | c']],
  ['n:-5 -x', ['field n', 'operator :', 'number -5', 'negation -', 'word x']],
])('%s is cut as the server cuts it', (query, expected) => expect(kinds(query)).toEqual(expected));

test('pipes know verbs, functions, keywords and durations', () => {
  expect(kinds('* | timechart span=5m p95(ms) by host')).toEqual([
    'word *',
    'pipe |',
    'verb timechart',
    'keyword span',
    'operator =',
    'number 5m',
    'function p95',
    'open (',
    'field ms',
    'close )',
    'keyword by',
    'field host',
  ]);
});

test.each(['', '"open', '`open', '/open', '((', '|||', '\\', '한글 "열린', '/* open', 'a:~"x'])(
  'tokens of %j have no gaps',
  (query) =>
    expect(
      tokenize(query)
        .map((token) => token.text)
        .join(''),
    ).toBe(query),
);
