import { describe, expect, test } from 'vitest';
import { addClause, clause, hasClause, quoteField, quoteText, removeClause, splitQuery } from './edit.ts';

describe('quoting', () => {
  test.each([
    ['level', 'level'],
    ['http.response.status_code', 'http.response.status_code'],
    ['user-agent', '`user-agent`'],
    ['not', '`not`'],
    ['a b', '`a b`'],
    ['sd.id@32473.iut', '`sd.id@32473.iut`'],
    ['한글', '`한글`'],
    ['a`b', '`a``b`'],
  ])('field %s', (name, quoted) => expect(quoteField(name)).toBe(quoted));

  test.each([
    ['plain', '"plain"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['C:\\temp', '"C:\\\\temp"'],
    ['two\nlines', '"two\nlines"'],
    ['결제 실패', '"결제 실패"'],
    ['', '""'],
  ])('text %j', (text, quoted) => expect(quoteText(text)).toBe(quoted));

  test('numbers and booleans stand bare, absence is asked for', () => {
    expect(clause('status', 500, 'include')).toBe('status=500');
    expect(clause('ok', false, 'exclude')).toBe('-ok=false');
    expect(clause('level', null, 'include')).toBe('-level:*');
    expect(clause('level', null, 'exclude')).toBe('level:*');
  });
});

describe('adding a condition', () => {
  test.each([
    ['', 'level="error"'],
    ['*', 'level="error"'],
    ['timeout', 'timeout level="error"'],
    ['a OR b', '(a OR b) level="error"'],
    ['a || b', '(a || b) level="error"'],
    ['url:http://x/a|b | head 1', 'url:http://x/a level="error" |b | head 1'],
    ['(a OR b) c', '(a OR b) c level="error"'],
    ['"a OR b"', '"a OR b" level="error"'],
    ['* | top 10 host', 'level="error" | top 10 host'],
    ['"a | b" | head 5', '"a | b" level="error" | head 5'],
    ['/a|b/ x', '/a|b/ x level="error"'],
  ])('to %j', (query, expected) => expect(addClause(query, 'level', 'error', 'include')).toBe(expected));

  test('twice leaves one', () => {
    const once = addClause('timeout', 'level', 'error', 'include');
    expect(addClause(once, 'level', 'error', 'include')).toBe(once);
  });

  test('turns its opposite round', () => {
    expect(addClause('-level="error" timeout', 'level', 'error', 'include')).toBe('timeout level="error"');
    expect(addClause('timeout level="error" | head 3', 'level', 'error', 'exclude')).toBe(
      'timeout -level="error" | head 3',
    );
  });

  test('of which another value begins with this one keeps the other', () => {
    expect(addClause('status=5000', 'status', 500, 'exclude')).toBe('status=5000 -status=500');
  });
});

describe('removing a condition', () => {
  test('takes a neighbouring AND with it', () => {
    expect(removeClause('a AND level="x" b', 'level', 'x', 'include')).toBe('a b');
    expect(removeClause('level="x" AND b', 'level', 'x', 'include')).toBe('b');
  });

  test('leaves what is inside parentheses, strings and under NOT', () => {
    for (const query of ['(level="x" b)', '"level=\\"x\\""', 'NOT level="x"', 'a OR level="x"']) {
      expect(removeClause(query, 'level', 'x', 'include')).toBe(query);
      expect(hasClause(query, 'level', 'x', 'include')).toBe(false);
    }
    expect(hasClause('b level="x"', 'level', 'x', 'include')).toBe(true);
  });
});

test('a query is split at its first pipe outside quotes', () => {
  expect(splitQuery('a "b | c" | stats count() | head 1')).toEqual({
    head: 'a "b | c"',
    pipes: '| stats count() | head 1',
  });
  expect(splitQuery('| top 5 x')).toEqual({ head: '', pipes: '| top 5 x' });
});
