/** The link that shows another person the same events, whenever it is opened. */
import type { Histogram } from './histogram.ts';
import { boundsOf, fromBounds, type TimeRange } from './time/range.ts';
import { printState, type SearchState } from './url.ts';

export function shareUrl(state: SearchState, histogram: Histogram | null): string {
  const link = printState({ ...state, range: frozen(state.range, histogram), live: false });
  return new URL(link || '.', document.baseURI).toString();
}

/** A relative range as the two instants it meant when the answer was made. */
function frozen(range: TimeRange, histogram: Histogram | null): TimeRange {
  if (!range.from.startsWith('now') && range.to !== 'now') return range;
  const answered = histogram !== null && histogram.times.length > 0;
  const bounds = answered ? histogram : boundsOf(range, Date.now());
  return bounds ? fromBounds(bounds) : range;
}
