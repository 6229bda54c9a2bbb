import { formatNumber, useText } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';
import { isFilterable, valueText } from '../../state/rows.ts';
import { fullTime } from '../../state/time/format.ts';
import { IconButton } from '../IconButton.tsx';
import { useRowActions } from './actions.ts';
import type { Column } from './ResultTable.tsx';

interface Props {
  column: Column;
  value: unknown;
}

/** One value of a result; a text can be added to the query or taken out of it. */
export function ResultCell({ column: { name, isTime, isNumber, barOf }, value }: Props) {
  const { zone, language } = usePreferences();
  if (isTime) return <td>{fullTime(valueText(value), zone)}</td>;
  if (isNumber) {
    return (
      <td className="number">
        {barOf !== null && (
          <i className="cell-bar" style={{ width: `${(100 * Number(value ?? 0)) / barOf}%` }} />
        )}
        <span>{typeof value === 'number' && formatNumber(language, value)}</span>
      </td>
    );
  }
  return (
    <td>
      {valueText(value)}
      {isFilterable(value) && <CellActions name={name} value={value} />}
    </td>
  );
}

function CellActions({ name, value }: { name: string; value: string | number | boolean | null }) {
  const t = useText();
  const { filter } = useRowActions();
  return (
    <span className="cell-actions">
      <IconButton
        icon="add"
        label={t('field.include', { name })}
        onClick={() => filter(name, value, 'include')}
      />
      <IconButton
        icon="remove"
        label={t('field.exclude', { name })}
        onClick={() => filter(name, value, 'exclude')}
      />
    </span>
  );
}
