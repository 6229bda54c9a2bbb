/** Tells from the text of a query what its answer looks like, before the first row is there. */
import { tokenize } from './tokens.ts';

/** `events`: log lines; `table`: computed rows or chosen columns; `chart`: computed rows over time. */
export type Shape = 'events' | 'table' | 'chart';

const TABULATING = new Set([
  'stats',
  'summarize',
  'aggregate',
  'top',
  'rare',
  'fields',
  'project',
  'keep',
  'table',
]);
const KEEPS_ORDER = new Set(['where', 'filter', 'search', 'extend', 'eval']);

function verbs(query: string): string[] {
  return tokenize(query)
    .filter((token) => token.kind === 'verb')
    .map((token) => token.text.toLowerCase());
}

export function shapeOf(query: string): Shape {
  const found = verbs(query).findLast((verb) => verb === 'timechart' || TABULATING.has(verb));
  if (found === undefined) return 'events';
  return found === 'timechart' ? 'chart' : 'table';
}

/** The fields by which the last computing pipe groups, as its result names them. */
export function groupKeys(query: string): string[] {
  const tokens = tokenize(query);
  const by = tokens.findLastIndex(({ kind, text }) => kind === 'keyword' && text.toLowerCase() === 'by');
  if (by < 0) return [];
  const end = tokens.findIndex(({ kind }, index) => kind === 'pipe' && index > by);
  const keys = tokens.slice(by, end < 0 ? undefined : end).filter(({ kind }) => kind === 'field');
  return keys.map(({ text }) => text.replace(/^`|`$/g, '').replaceAll('``', '`'));
}

const ADDITIVE = new Set(['count', 'countif', 'sum']);

/** Whether the numbers of a query's groups may be added up, so that a stack of them means something. */
export function isAdditive(query: string): boolean {
  const functions = tokenize(query).filter((token) => token.kind === 'function');
  return functions.length > 0 && functions.every((token) => ADDITIVE.has(token.text.toLowerCase()));
}

/** Whether older rows can be asked for by moving the end of the range: the order is by time, nothing is cut. */
export function canPageByTime(query: string): boolean {
  return verbs(query).every((verb) => KEEPS_ORDER.has(verb));
}

const FILTERING = new Set(['where', 'filter', 'search']);

/** Whether events can be matched one by one as they arrive. */
export function canFollow(query: string): boolean {
  return verbs(query).every((verb) => FILTERING.has(verb));
}

/** The part of a query that chooses events: its head and the filters that follow it at once. */
export function eventsPart(query: string): string {
  const tokens = tokenize(query);
  const other = tokens.find((token) => token.kind === 'verb' && !FILTERING.has(token.text.toLowerCase()));
  if (other === undefined) return query;
  const pipe = tokens.findLast((token) => token.kind === 'pipe' && token.start < other.start);
  return query.slice(0, pipe?.start ?? 0).trim();
}
