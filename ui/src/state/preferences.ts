/** What a person chose for this browser: language, colours, zone, how lines are shown. Kept between visits. */
import { useSyncExternalStore } from 'react';
import type { Zone } from './time/instant.ts';

export type Theme = 'system' | 'light' | 'dark';
export type Language = 'en' | 'ko';

export interface Preferences {
  language: Language;
  theme: Theme;
  zone: Zone;
  wrap: boolean;
  sidebar: boolean;
}

const STORAGE_KEY = 'girok.preferences';

const listeners = new Set<() => void>();
let current = load();

function load(): Preferences {
  const language: Language = globalThis.navigator?.language.startsWith('ko') ? 'ko' : 'en';
  const defaults: Preferences = { language, theme: 'system', zone: 'local', wrap: false, sidebar: true };
  return { ...defaults, ...readJson<Partial<Preferences>>(STORAGE_KEY, {}) };
}

export function setPreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  writeJson(STORAGE_KEY, current);
  applyToPage(current);
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, () => current);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Writes language and colours where CSS and screen readers look for them. */
export function applyToPage({ language, theme }: Preferences = current): void {
  document.documentElement.lang = language;
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** A stored value, or `fallback` where there is none or storage is closed to us. */
export function readJson<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function writeJson(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser without storage forgets; that is all that happens.
  }
}
