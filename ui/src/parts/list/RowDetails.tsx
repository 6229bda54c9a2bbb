import type { Row } from '../../api/types.ts';
import { useText } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';
import { isFilterable, isSystem, MESSAGE, valueText } from '../../state/rows.ts';
import { fullTime } from '../../state/time/format.ts';
import { CopyButton } from '../CopyButton.tsx';
import { Icon } from '../Icon.tsx';
import { IconButton } from '../IconButton.tsx';
import { useRowActions } from './actions.ts';
import { Marked } from './Marked.tsx';

interface Props {
  row: Row;
  index: number;
  columns: string[];
  pattern: RegExp | null;
}

/** System fields by which a search makes sense; the others differ in every event. */
const FILTERED_SYSTEM = new Set(['_dataset', '_source', '_format', '_input']);

/** All fields of one event, each with what can be done with it. */
export function RowDetails({ row, index, columns, pattern }: Props) {
  const t = useText();
  const { aroundUrl } = useRowActions();
  const names = Object.keys(row);
  // The message first, the event's own fields, then what the system knows about it.
  const ordered = [
    ...names.filter((name) => name === MESSAGE),
    ...names.filter((name) => name !== MESSAGE && !isSystem(name)),
    ...names.filter(isSystem),
  ];

  return (
    <div role="row" className="row-details" aria-rowindex={index + 2}>
      <div role="gridcell" tabIndex={-1}>
        <div className="row-details-bar">
          <CopyButton
            text={() => JSON.stringify(row, null, 2)}
            label={t('row.copyJson')}
            caption={t('row.copyJson')}
          />
          <CopyButton text={() => lineOf(row)} label={t('row.copyLine')} caption={t('row.copyLine')} />
          <a className="icon-button" href={aroundUrl(row)} target="_blank" rel="noreferrer">
            <Icon name="around" />
            <span>{t('row.around')}</span>
          </a>
        </div>
        <table className="fields-table">
          <caption className="visually-hidden">{t('row.fields')}</caption>
          <tbody>
            {ordered.map((name) => (
              <FieldLine
                key={name}
                name={name}
                value={row[name]}
                isColumn={columns.includes(name)}
                pattern={pattern}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function lineOf(row: Row): string {
  return valueText(row._raw) || `${valueText(row._head)}${valueText(row[MESSAGE])}` || JSON.stringify(row);
}

interface FieldLineProps {
  name: string;
  value: unknown;
  isColumn: boolean;
  pattern: RegExp | null;
}

function FieldLine({ name, value, isColumn, pattern }: FieldLineProps) {
  const t = useText();
  const { zone } = usePreferences();
  const { filter, toggleColumn } = useRowActions();
  const isTime = name === '_time' || name === '_received';
  const text = isTime ? fullTime(valueText(value), zone) : valueText(value);
  const canFilter = isFilterable(value) && (!isSystem(name) || FILTERED_SYSTEM.has(name));
  return (
    <tr className={isSystem(name) ? 'is-system' : ''}>
      <td className="fields-actions">
        {canFilter && (
          <>
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
          </>
        )}
        {name !== MESSAGE && name !== '_time' && (
          <IconButton
            icon="columns"
            label={isColumn ? t('column.remove', { name }) : t('column.add', { name })}
            pressed={isColumn}
            onClick={() => toggleColumn(name)}
          />
        )}
        <CopyButton text={() => valueText(value)} label={t('field.copy', { name })} />
      </td>
      <th scope="row">{name}</th>
      <td className={`fields-value type-${typeof value}`}>
        {name === MESSAGE ? <Marked text={text} pattern={pattern} /> : text}
      </td>
    </tr>
  );
}
