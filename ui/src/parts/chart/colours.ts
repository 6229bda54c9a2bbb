/** Colours of chart parts, read from the style sheet so that one place holds them for light and dark. */
import { useSyncExternalStore } from 'react';
import { levelKind } from '../../state/levels.ts';

const SERIES_COLOURS = 12;

export function levelVariable(level: string): string {
  return `--level-${levelKind(level)}`;
}

export function seriesVariable(index: number): string {
  return `--series-${index % SERIES_COLOURS}`;
}

export function cssColour(variable: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

/** Changes when light turns to dark or back, by choice or by the system: a canvas must then be drawn anew. */
export function useColourScheme(): string {
  return useSyncExternalStore(subscribe, scheme);
}

function scheme(): string {
  return document.documentElement.dataset.theme ?? (systemDark().matches ? 'dark' : 'light');
}

function systemDark(): MediaQueryList {
  return matchMedia('(prefers-color-scheme: dark)');
}

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const media = systemDark();
  media.addEventListener('change', listener);
  return () => {
    observer.disconnect();
    media.removeEventListener('change', listener);
  };
}
