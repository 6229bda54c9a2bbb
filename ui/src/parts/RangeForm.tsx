import { type FormEvent, useState } from 'react';
import { useText } from '../i18n/index.ts';
import { usePreferences } from '../state/preferences.ts';
import { inputTime } from '../state/time/format.ts';
import { parseInstant, type Zone } from '../state/time/instant.ts';
import { between, parseRange, type TimeRange } from '../state/time/range.ts';

interface Props {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
}

/** A range as typed: in one line (`3h`, `yesterday`), or its two ends. */
export function RangeForm({ range, onChange }: Props) {
  const t = useText();
  const { zone } = usePreferences();
  const [quick, setQuick] = useState('');
  const [from, setFrom] = useState(() => endText(range.from, zone));
  const [to, setTo] = useState(() => endText(range.to, zone));
  const [problem, setProblem] = useState('');

  const submitQuick = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseRange(quick, zone, Date.now());
    if (parsed) onChange(parsed);
    else setProblem(t('time.notUnderstood', { text: quick }));
  };

  const submitEnds = (event: FormEvent) => {
    event.preventDefault();
    const now = Date.now();
    const [start, end] = [parseInstant(from, zone, now), parseInstant(to, zone, now)];
    const unread = start === null ? from : end === null ? to : null;
    const parsed = between(start, end);
    if (parsed) onChange(parsed);
    else setProblem(unread === null ? t('time.wrongOrder') : t('time.notUnderstood', { text: unread }));
  };

  return (
    <>
      <form onSubmit={submitQuick}>
        <label htmlFor="time-quick">{t('time.quick')}</label>
        <input
          id="time-quick"
          // biome-ignore lint/a11y/noAutofocus: the panel was opened to choose a time
          autoFocus
          value={quick}
          placeholder={t('time.quickHint')}
          onChange={(event) => setQuick(event.target.value)}
          autoComplete="off"
        />
      </form>
      <form onSubmit={submitEnds} className="time-ends">
        <label htmlFor="time-from">{t('time.from')}</label>
        <input
          id="time-from"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
          placeholder="2026-11-23 08:00"
          autoComplete="off"
        />
        <label htmlFor="time-to">{t('time.to')}</label>
        <input
          id="time-to"
          value={to}
          onChange={(event) => setTo(event.target.value)}
          placeholder="now"
          autoComplete="off"
        />
        <button type="submit" className="button primary">
          {t('time.apply')}
        </button>
      </form>
      <p className="form-problem" role="alert">
        {problem}
      </p>
    </>
  );
}

/** An end as the form shows it: relative ones as they are, absolute ones in the chosen zone. */
function endText(end: string, zone: Zone): string {
  const instant = end.startsWith('now') ? null : parseInstant(end, zone, 0);
  return instant === null ? end : inputTime(instant.millis, zone);
}
