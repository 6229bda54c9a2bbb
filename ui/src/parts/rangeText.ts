/** Says a range of time in words. */
import { type TextKey, useText } from '../i18n/index.ts';
import { usePreferences } from '../state/preferences.ts';
import { inputTime } from '../state/time/format.ts';
import { parseInstant } from '../state/time/instant.ts';
import { durationOf, isAllTime, type TimeRange } from '../state/time/range.ts';

const UNIT_TEXT: Record<string, TextKey> = {
  s: 'time.last.seconds',
  m: 'time.last.minutes',
  h: 'time.last.hours',
  d: 'time.last.days',
  w: 'time.last.weeks',
};

export function useRangeText() {
  const t = useText();
  const { zone } = usePreferences();

  const durationText = (duration: string): string => {
    const [, count, unit] = /^(\d+)(\w+)$/.exec(duration) ?? [];
    const key = UNIT_TEXT[unit ?? ''];
    return key === undefined ? duration : t(key, { n: Number(count) });
  };

  const endText = (end: string): string => {
    if (end === 'now') return t('time.now');
    if (end === '' || end.startsWith('now')) return end === '' ? t('time.open') : end;
    const instant = parseInstant(end, zone, 0);
    return instant === null ? end : inputTime(instant.millis, zone).replace(/:00$/, '');
  };

  const text = (range: TimeRange): string => {
    if (isAllTime(range)) return t('time.all');
    const duration = durationOf(range);
    if (duration !== null) return durationText(duration);
    const [from, to] = [endText(range.from), endText(range.to)];
    // The day is said once if both ends lie in it.
    const sameDay = /^\d{4}-/.test(to) && from.slice(0, 10) === to.slice(0, 10);
    return `${from} – ${sameDay ? to.slice(11) : to}`;
  };

  return { text, durationText };
}
