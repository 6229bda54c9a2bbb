import type { ReactNode } from 'react';

/** More marks than this in one line help nobody and cost time. */
const MARKS_MAX = 100;

/** A text with all places that `pattern` finds marked. `pattern` must have the flag `g`. */
export function Marked({ text, pattern }: { text: string; pattern: RegExp | null }): ReactNode {
  if (pattern === null) return text;
  const pieces: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(pattern)) {
    if (found[0] === '' || pieces.length > 2 * MARKS_MAX) continue;
    if (found.index > at) pieces.push(text.slice(at, found.index));
    pieces.push(<mark key={found.index}>{found[0]}</mark>);
    at = found.index + found[0].length;
  }
  return pieces.length === 0 ? text : [...pieces, text.slice(at)];
}
