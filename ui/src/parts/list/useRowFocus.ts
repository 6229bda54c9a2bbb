/** Which row of the list has the focus and which are open; the keys that move them. */
import type { Virtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Row } from '../../api/types.ts';
import { rowKey } from '../../state/rows.ts';

const PAGE_ROWS = 20;

/** How far a key moves the focus. */
function stepOf(key: string, count: number): number | null {
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return 1;
    case 'k':
    case 'ArrowUp':
      return -1;
    case 'PageDown':
      return PAGE_ROWS;
    case 'PageUp':
      return -PAGE_ROWS;
    case 'Home':
      return -count;
    case 'End':
      return count;
    default:
      return null;
  }
}

export function useRowFocus(
  rows: Row[],
  virtualizer: Virtualizer<HTMLDivElement, Element>,
  scroller: RefObject<HTMLDivElement | null>,
) {
  const [focused, setFocused] = useState<string | null>(null);
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  /** A row that is to get the focus as soon as it is in the page. */
  const wanted = useRef<string | null>(null);

  const toggle = useCallback((id: string) => {
    setExpanded((open) => {
      const next = new Set(open);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  }, []);

  useEffect(() => {
    if (wanted.current === null) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(wanted.current)}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });

  const move = (step: number) => {
    const from = rows.findIndex((row) => rowKey(row) === focused);
    // With nothing focused yet, the first step leads to the first row.
    const to = Math.min(Math.max(from < 0 ? Math.max(step, 1) - 1 : from + step, 0), rows.length - 1);
    const row = rows[to];
    if (row === undefined) return;
    wanted.current = rowKey(row);
    setFocused(rowKey(row));
    virtualizer.scrollToIndex(to, { align: 'auto' });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onRow =
      event.target === event.currentTarget || (event.target as HTMLElement).dataset.row !== undefined;
    const step = stepOf(event.key, rows.length);
    if (step !== null && (onRow || event.key === 'j' || event.key === 'k')) {
      event.preventDefault();
      event.stopPropagation();
      move(step);
    } else if (onRow && focused !== null && (event.key === 'Enter' || event.key === ' ')) {
      event.preventDefault();
      toggle(focused);
    }
  };

  return { focused, expanded, toggle, setFocused, onKeyDown };
}
