import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type RefObject, useEffect } from 'react';
import type { Row } from '../../api/types.ts';
import { useText } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';
import { rowKey } from '../../state/rows.ts';
import { LogListHead } from './LogListHead.tsx';
import { LogRow } from './LogRow.tsx';
import { useRowFocus } from './useRowFocus.ts';

interface Props {
  rows: Row[];
  columns: string[];
  showDataset: boolean;
  pattern: RegExp | null;
  /** The element that scrolls. */
  scroller: RefObject<HTMLDivElement | null>;
  /** The list was scrolled near its end. */
  onEnd: () => void;
  /** Whether the list stands at its top. */
  onTop?: (atTop: boolean) => void;
}

const ROW_PX = 22;
const ROWS_BEFORE_END = 60;
const TOP_PX = 4;

/** Events, newest first: only the rows in sight are in the page. */
export function LogList({ rows, columns, showDataset, pattern, scroller, onEnd, onTop }: Props) {
  const t = useText();
  const { wrap } = usePreferences();
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rowKey(rows[index] ?? {}),
    overscan: 20,
  });
  const { focused, expanded, toggle, setFocused, onKeyDown } = useRowFocus(rows, virtualizer, scroller);
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - ROWS_BEFORE_END) onEnd();
  }, [last, rows.length, onEnd]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows measured in the other form have other heights
  useEffect(() => virtualizer.measure(), [wrap, columns, virtualizer]);

  return (
    <div
      className={`log-list ${wrap ? 'is-wrapped' : ''}`}
      role="grid"
      tabIndex={-1}
      aria-label={t('list.label')}
      aria-rowcount={rows.length + 1}
      style={{ '--columns': columns.length } as CSSProperties}
      ref={scroller}
      onKeyDown={onKeyDown}
      onScroll={(event) => onTop?.(event.currentTarget.scrollTop <= TOP_PX)}
    >
      <LogListHead columns={columns} showDataset={showDataset} />
      <div role="rowgroup" className="log-rows" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const id = String(key);
          return (
            <LogRow
              key={id}
              row={row}
              index={index}
              start={start}
              measure={virtualizer.measureElement}
              columns={columns}
              showDataset={showDataset}
              pattern={pattern}
              isFocused={focused === id || (focused === null && index === 0)}
              isExpanded={expanded.has(id)}
              onToggle={toggle}
              onFocus={setFocused}
            />
          );
        })}
      </div>
    </div>
  );
}
