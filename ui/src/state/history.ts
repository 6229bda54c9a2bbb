/** The queries that were run in this browser, newest first, each once. */
import { readJson, writeJson } from './preferences.ts';

const STORAGE_KEY = 'girok.history';
const ENTRIES_MAX = 50;

export function readHistory(): string[] {
  return readJson<string[]>(STORAGE_KEY, []);
}

export function remember(query: string): void {
  const trimmed = query.trim();
  if (trimmed === '' || trimmed === '*') return;
  writeJson(STORAGE_KEY, withEntry(readHistory(), trimmed));
}

export function withEntry(history: string[], query: string): string[] {
  return [query, ...history.filter((entry) => entry !== query)].slice(0, ENTRIES_MAX);
}

export function clearHistory(): void {
  writeJson(STORAGE_KEY, []);
}
