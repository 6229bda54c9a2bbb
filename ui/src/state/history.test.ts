import { expect, test } from 'vitest';
import { withEntry } from './history.ts';

test('a query run again moves to the front, and the oldest is forgotten', () => {
  expect(withEntry(['b', 'a'], 'a')).toEqual(['a', 'b']);
  const many = Array.from({ length: 50 }, (_, i) => `q${i}`);
  expect(withEntry(many, 'new')).toHaveLength(50);
  expect(withEntry(many, 'new')[0]).toBe('new');
});
