/** One function for each call the page makes. */
import { ApiError, apiUrl, get, post } from './http.ts';
import { readNdjson } from './ndjson.ts';
import type {
  Dataset,
  ErrorBody,
  Facets,
  FacetValue,
  Field,
  Hits,
  QueryStats,
  Row,
  Warning,
} from './types.ts';

/** Which events are asked for. */
export interface Scope {
  query: string;
  dataset: string;
  start: string;
  end: string;
}

function params({ query, dataset, start, end }: Scope): Record<string, string> {
  return { query: query.trim() === '' ? '*' : query, dataset, start, end };
}

/** A piece of an answer; its statistics and warnings come with the last. */
export interface RowBatch {
  rows: Row[];
  stats?: QueryStats;
  warnings?: Warning[];
}

/** Rows in batches as the server finds them, and at the end what they cost. */
export async function* queryRows(scope: Scope, limit: number, signal: AbortSignal): AsyncGenerator<RowBatch> {
  const response = await post('query', { ...params(scope), limit, stats: 1 }, signal);
  if (response.body === null) return;
  for await (const values of readNdjson(response.body)) yield sortOut(values as Row[]);
}

/** Parts rows from the line of statistics; an error in the middle of an answer stands in a line too. */
function sortOut(values: Row[]): RowBatch {
  const failed = values.find(isErrorLine);
  if (failed) throw new ApiError(failed.error as ErrorBody, 200);
  const rows = values.filter((value) => !('_stats' in value));
  if (rows.length === values.length) return { rows };
  const last = values.find((value) => '_stats' in value);
  return {
    rows,
    stats: last?._stats as QueryStats,
    warnings: (last?._warnings as Warning[] | undefined) ?? [],
  };
}

function isErrorLine(value: Row): boolean {
  const error = value.error as ErrorBody | undefined;
  return (
    Object.keys(value).length === 1 && typeof error?.code === 'string' && typeof error.message === 'string'
  );
}

/** Events as they arrive, until called off; `onOpen` is called once no later event can be missed. */
export async function* tailRows(
  scope: Pick<Scope, 'query' | 'dataset'>,
  signal: AbortSignal,
  onOpen: () => void,
): AsyncGenerator<Row[]> {
  const query = scope.query.trim() === '' ? '*' : scope.query;
  const response = await get('tail', { query, dataset: scope.dataset }, signal);
  onOpen();
  if (response.body === null) return;
  for await (const values of readNdjson(response.body)) {
    const { rows } = sortOut(values as Row[]);
    // The server says so when it had to leave events out: like a stream that was opened anew.
    if (rows.some((row) => '_missed_chunks' in row)) onOpen();
    yield rows.filter((row) => !('_missed_chunks' in row));
  }
}

export async function fetchHits(scope: Scope, buckets: number, signal: AbortSignal): Promise<Hits> {
  return (await post('hits', { ...params(scope), buckets }, signal)).json();
}

export async function fetchFacets(
  scope: Scope,
  fields: string[],
  limit: number,
  signal: AbortSignal,
): Promise<Facets> {
  return (await post('facets', { ...params(scope), fields: fields.join(','), limit }, signal)).json();
}

export async function fetchFields(scope: Omit<Scope, 'query'>, signal?: AbortSignal): Promise<Field[]> {
  const { dataset, start, end } = scope;
  const answer = (await (await get('fields', { dataset, start, end }, signal)).json()) as { fields: Field[] };
  return answer.fields;
}

export async function fetchValues(scope: Scope, field: string, prefix: string): Promise<FacetValue[]> {
  const { dataset, start, end } = scope;
  const response = await get('values', { field, prefix, dataset, start, end, limit: 20 });
  return ((await response.json()) as { values: FacetValue[] }).values;
}

export async function fetchDatasets(signal?: AbortSignal): Promise<Dataset[]> {
  const answer = (await (await get('datasets', {}, signal)).json()) as { datasets: Dataset[] };
  return answer.datasets;
}

/** What is wrong with a query, or null. */
export async function checkQuery(query: string, signal: AbortSignal): Promise<ErrorBody | null> {
  const answer = (await (await post('query/parse', { query }, signal)).json()) as { error?: ErrorBody };
  return answer.error ?? null;
}

/** The address from which the browser downloads all rows of a query. */
export function exportUrl(scope: Scope): string {
  return apiUrl('query', params(scope));
}
