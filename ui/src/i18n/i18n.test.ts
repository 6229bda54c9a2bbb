import { expect, test } from 'vitest';
import { en } from './en.ts';
import { type TextKey, translate } from './index.ts';
import { ko } from './ko.ts';

const KEYS = Object.keys(en) as TextKey[];

/** The names of the values a text takes. */
function names(text: string): string[] {
  return [...new Set([...text.matchAll(/\{(\w+)/g)].map((found) => found[1] ?? ''))].sort();
}

test('each text takes the same values in both languages', () => {
  for (const key of KEYS) expect([key, ...names(ko[key])]).toEqual([key, ...names(en[key])]);
});

test('Korean is Korean, but for names', () => {
  const same = KEYS.filter((key) => ko[key] === en[key]);
  expect(same).toEqual(['start.curl', 'start.syslog']);
});

test('numbers are grouped, and one is singular', () => {
  expect(translate('en', 'histogram.total', { n: 12_345 })).toBe('12,345 events');
  expect(translate('en', 'histogram.total', { n: 1 })).toBe('1 event');
  expect(translate('en', 'time.last.hours', { n: 1 })).toBe('Last 1 hour');
  expect(translate('ko', 'histogram.total', { n: 12_345 })).toBe('이벤트 12,345건');
});
