/** Text of the page in the chosen language. A key that a language lacks does not compile. */
import { useCallback } from 'react';
import { type Language, usePreferences } from '../state/preferences.ts';
import { en } from './en.ts';
import { ko } from './ko.ts';

export type TextKey = keyof typeof en;
export type Values = Record<string, string | number>;
export type Translate = (key: TextKey, values?: Values) => string;

const DICTIONARIES: Record<Language, Record<TextKey, string>> = { en, ko };

/**
 * The text of `key` with `{name}` replaced by values; numbers are grouped as the language does.
 * `{n?row:rows}` is the first word if `n` is one, else the second.
 */
export function translate(language: Language, key: TextKey, values: Values = {}): string {
  return DICTIONARIES[language][key].replace(
    /\{(\w+)(?:\?([^:}]*):([^}]*))?\}/g,
    (whole, name: string, one?: string, many?: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      if (one !== undefined && many !== undefined) return value === 1 ? one : many;
      return typeof value === 'number' ? formatNumber(language, value) : value;
    },
  );
}

export function formatNumber(language: Language, value: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
}

/** `12,300` as `12.3K`, for places with little room. */
export function formatCompact(language: Language, value: number): string {
  return new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** Bytes in the largest unit of a thousand: `1.2 MB`. */
export function formatBytes(language: Language, bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return `${format.format(bytes / 1000 ** power)} ${units[power]}`;
}

export function hasText(key: string): key is TextKey {
  return key in en;
}

export function useText(): Translate {
  const { language } = usePreferences();
  return useCallback((key, values) => translate(language, key, values), [language]);
}
