import { formatCompact, useText } from '../../i18n/index.ts';
import type { LevelSeries } from '../../state/histogram.ts';
import type { Mode } from '../../state/language/edit.ts';
import { usePreferences } from '../../state/preferences.ts';
import { levelVariable } from './colours.ts';

interface Props {
  levels: LevelSeries[];
  onChoose: (level: string, mode: Mode) => void;
}

/** More levels than this do not fit beside the chart; the table has all. */
const LEVELS_MAX = 8;

/** The levels with their counts: a click keeps only that level, a click with Shift or Alt takes it out. */
export function LevelLegend({ levels, onChoose }: Props) {
  const t = useText();
  const { language } = usePreferences();
  return (
    <ul className="legend">
      {levels.slice(0, LEVELS_MAX).map(({ level, total }) => {
        const name = level === '' ? t('level.none') : level;
        return (
          <li key={level}>
            <button
              type="button"
              title={t('legend.hint', { level: name, n: total })}
              onClick={(event) => onChoose(level, event.shiftKey || event.altKey ? 'exclude' : 'include')}
            >
              <i style={{ background: `var(${levelVariable(level)})` }} />
              {name} <span className="muted">{formatCompact(language, total)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
