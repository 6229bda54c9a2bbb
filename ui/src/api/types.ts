/** The JSON shapes of the server's answers. */

/** One event or one computed row: flat, with dotted names; absent fields are left out. */
export type Row = Record<string, unknown>;

export interface QueryStats {
  rows_scanned: number;
  bytes_scanned: number;
  parts_total: number;
  parts_pruned: number;
  elapsed_ms: number;
  rows: number;
}

/** Something a person probably did not mean, though the query ran: a field that no event has. */
export interface Warning {
  message: string;
}

export interface Bucket {
  time: string;
  counts: Record<string, number>;
}

export interface Hits {
  step_ms: number;
  /** Absent where there is no bucket. */
  start?: string | null;
  end?: string | null;
  buckets: Bucket[];
  total: number;
}

export interface FacetValue {
  value: string | number | boolean | null;
  count: number;
}

export interface Facet {
  name: string;
  /** Events that have the field. */
  count: number;
  /** Different values. */
  distinct: number;
  values: FacetValue[];
}

export interface Facets {
  total: number;
  fields: Facet[];
}

export type FieldType = 'string' | 'int' | 'float' | 'bool' | 'time';

export interface Field {
  name: string;
  type: FieldType;
  system: boolean;
  aliases: string[];
}

export interface Dataset {
  name: string;
  rows: number;
  size_bytes: number;
  parts: number;
  time_min?: string | null;
  time_max?: string | null;
}

/** Positions in the query: bytes, and UTF-16 units as an editor counts. */
export interface ErrorSpan {
  start: number;
  end: number;
  start16: number;
  end16: number;
}

export interface ErrorBody {
  code: string;
  message: string;
  span?: ErrorSpan | null;
  expected?: string[] | null;
  hint?: string | null;
}
