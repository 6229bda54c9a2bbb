import { useText } from '../i18n/index.ts';
import { setPreferences, usePreferences } from '../state/preferences.ts';
import { localZoneName, zoneOffset } from '../state/time/format.ts';
import type { Zone } from '../state/time/instant.ts';
import { ALL_TIME, durationOf, isAllTime, lastRange, PRESETS, type TimeRange } from '../state/time/range.ts';
import { Icon } from './Icon.tsx';
import { Popover } from './Popover.tsx';
import { RangeForm } from './RangeForm.tsx';
import { useRangeText } from './rangeText.ts';

interface Props {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
}

/** The range of time: presets, typed text, two ends, and the zone they are meant in. */
export function TimePicker({ range, onChange }: Props) {
  const t = useText();
  const { zone } = usePreferences();
  const { text, durationText } = useRangeText();
  const caption = text(range);

  return (
    <Popover
      className="time-picker"
      align="end"
      label={t('time.label', { range: caption })}
      button={
        <>
          <Icon name="clock" />
          <span className="ellipsis">{caption}</span>
          <Icon name="chevronDown" size={12} />
        </>
      }
    >
      {(close) => {
        const choose = (chosen: TimeRange) => {
          onChange(chosen);
          close();
        };
        return (
          <div className="time-panel">
            <div className="time-presets">
              {PRESETS.map((preset) => (
                <button
                  type="button"
                  key={preset}
                  className="menu-item"
                  aria-pressed={durationOf(range) === preset}
                  onClick={() => choose(lastRange(preset))}
                >
                  {durationText(preset)}
                </button>
              ))}
              <button
                type="button"
                className="menu-item"
                aria-pressed={isAllTime(range)}
                onClick={() => choose(ALL_TIME)}
              >
                {t('time.all')}
              </button>
            </div>
            <div className="time-form">
              <RangeForm key={zone} range={range} onChange={choose} />
              <ZoneChoice />
            </div>
          </div>
        );
      }}
    </Popover>
  );
}

function ZoneChoice() {
  const t = useText();
  const { zone } = usePreferences();
  const choice = (value: Zone, name: string) => (
    <label>
      <input
        type="radio"
        name="zone"
        checked={zone === value}
        onChange={() => setPreferences({ zone: value })}
      />
      {name}
    </label>
  );
  const local = `${localZoneName()} (${zoneOffset('local', Date.now())})`;
  return (
    <fieldset className="zone-choice">
      <legend>{t('time.zone')}</legend>
      {choice('local', local)}
      {choice('utc', 'UTC')}
    </fieldset>
  );
}
