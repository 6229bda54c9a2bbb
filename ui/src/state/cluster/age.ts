/** A length of time in its largest whole unit, as a person says it. */
import type { TextKey, Values } from '../../i18n/index.ts';

const UNITS: [number, TextKey][] = [
  [86_400, 'unit.d'],
  [3_600, 'unit.h'],
  [60, 'unit.m'],
  [1, 'unit.s'],
];

export function ageText(seconds: number, t: (key: TextKey, values?: Values) => string): string {
  // Two minutes are still told in seconds: it is the small lags that one watches.
  const [size, unit] = UNITS.find(([size]) => seconds >= size * 2) ?? [1, 'unit.s' as const];
  return t(unit, { n: Math.round((seconds / size) * 10) / 10 });
}
