/** Everything that makes up a search, as it stands in the URL: a link shows another person the same page. */
import { DEFAULT_RANGE, type TimeRange } from './time/range.ts';

export interface SearchState {
  query: string;
  /** A dataset's name; empty means all. */
  dataset: string;
  range: TimeRange;
  /** Fields shown as columns beside the message. */
  columns: string[];
  /** Whether new events are followed as they arrive. */
  live: boolean;
}

export const DEFAULT_STATE: SearchState = {
  query: '',
  dataset: '',
  range: DEFAULT_RANGE,
  columns: [],
  live: false,
};

/** Stands for an open end of the range, since an absent one means the default. */
const OPEN_END = '-';

export function parseState(search: string): SearchState {
  const params = new URLSearchParams(search);
  return {
    query: params.get('q') ?? '',
    dataset: params.get('dataset') ?? '',
    range: {
      from: parseEnd(params.get('from'), DEFAULT_RANGE.from),
      to: parseEnd(params.get('to'), DEFAULT_RANGE.to),
    },
    columns: [...new Set(params.getAll('col').filter((name) => name !== ''))],
    live: params.get('live') === '1',
  };
}

function parseEnd(text: string | null, fallback: string): string {
  if (text === null || text === '') return fallback;
  return text === OPEN_END ? '' : text;
}

/** The query string for a state, with what is as by default left out. */
export function printState(state: SearchState): string {
  const params = new URLSearchParams();
  if (state.query !== '') params.set('q', state.query);
  if (state.dataset !== '') params.set('dataset', state.dataset);
  if (state.range.from !== DEFAULT_RANGE.from) params.set('from', state.range.from || OPEN_END);
  if (state.range.to !== DEFAULT_RANGE.to) params.set('to', state.range.to || OPEN_END);
  for (const name of state.columns) params.append('col', name);
  if (state.live) params.set('live', '1');
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
