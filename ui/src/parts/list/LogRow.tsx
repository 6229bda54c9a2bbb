import { type MouseEvent, memo } from 'react';
import type { Row } from '../../api/types.ts';
import { useText } from '../../i18n/index.ts';
import { levelKind, levelOf } from '../../state/levels.ts';
import { usePreferences } from '../../state/preferences.ts';
import { rowKey, textOf, timeOf, valueText } from '../../state/rows.ts';
import { fullTime, rowTime } from '../../state/time/format.ts';
import { Icon } from '../Icon.tsx';
import { Marked } from './Marked.tsx';
import { RowDetails } from './RowDetails.tsx';

interface Props {
  row: Row;
  index: number;
  /** Where the row stands in the list, in pixels. */
  start: number;
  measure: (element: Element | null) => void;
  columns: string[];
  showDataset: boolean;
  pattern: RegExp | null;
  isFocused: boolean;
  isExpanded: boolean;
  onToggle: (id: string) => void;
  onFocus: (id: string) => void;
}

/** A longer line is cut in the list; its details show it whole. */
const TEXT_CHARS_MAX = 2_000;

/** One event as a line; open, with all its fields below. */
export const LogRow = memo(function LogRow(props: Props) {
  const { row, index, start, measure, columns, showDataset, pattern, isFocused, isExpanded } = props;
  const t = useText();
  const { zone } = usePreferences();
  const id = rowKey(row);
  const level = levelOf(row);

  const onClick = (event: MouseEvent) => {
    // A click that ends a selection of text is no wish to open the row.
    if (window.getSelection()?.isCollapsed === false) return;
    if (!(event.target as HTMLElement).closest('button')) props.onToggle(id);
  };

  return (
    <div
      className={`log-row level-${levelKind(level)} ${isExpanded ? 'is-expanded' : ''}`}
      role="presentation"
      data-index={index}
      ref={measure}
      style={{ transform: `translateY(${start}px)` }}
    >
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list listens for Enter on the focused row */}
      <div
        role="row"
        className="log-line"
        data-row={id}
        tabIndex={isFocused ? 0 : -1}
        aria-rowindex={index + 2}
        onFocus={() => props.onFocus(id)}
        onClick={onClick}
      >
        <span role="gridcell" className="log-toggle" tabIndex={-1}>
          <button
            type="button"
            tabIndex={-1}
            aria-expanded={isExpanded}
            aria-label={t('row.toggle')}
            onClick={() => props.onToggle(id)}
          >
            <Icon name={isExpanded ? 'chevronDown' : 'chevronRight'} size={12} />
          </button>
        </span>
        <span role="gridcell" className="log-time" title={fullTime(timeOf(row), zone)} tabIndex={-1}>
          {rowTime(timeOf(row), zone)}
        </span>
        <span role="gridcell" className="log-level" tabIndex={-1}>
          {level}
        </span>
        {showDataset && (
          <span role="gridcell" className="log-dataset" tabIndex={-1}>
            {valueText(row._dataset)}
          </span>
        )}
        {columns.map((name) => (
          <span role="gridcell" className="log-column" key={name} title={valueText(row[name])} tabIndex={-1}>
            {valueText(row[name])}
          </span>
        ))}
        <span role="gridcell" className="log-message" tabIndex={-1}>
          <Marked text={textOf(row).slice(0, TEXT_CHARS_MAX)} pattern={pattern} />
        </span>
      </div>
      {isExpanded && <RowDetails row={row} index={index} columns={columns} pattern={pattern} />}
    </div>
  );
});
