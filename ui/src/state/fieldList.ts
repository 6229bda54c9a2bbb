/** The fields of the sidebar: those with counts from the facets, then those known only by name. */
import type { Facet, Facets, Field, FieldType } from '../api/types.ts';
import type { FieldValue } from './language/edit.ts';
import { MESSAGE } from './rows.ts';

export interface FieldEntry {
  name: string;
  type: FieldType | null;
  system: boolean;
  /** Null where the facets do not cover the field. */
  facet: Facet | null;
}

/** `search` keeps fields whose name or one of whose top values holds it. */
export function fieldEntries(fields: Field[], facets: Facets | null, search: string): FieldEntry[] {
  const byName = new Map<string, FieldEntry>();
  for (const { name, type, system } of fields) byName.set(name, { name, type, system, facet: null });
  for (const facet of facets?.fields ?? []) {
    const known = byName.get(facet.name);
    const system = known?.system ?? facet.name.startsWith('_');
    byName.set(facet.name, { name: facet.name, type: known?.type ?? null, system, facet });
  }
  const wanted = search.trim().toLowerCase();
  return [...byName.values()]
    .filter(({ name }) => name !== MESSAGE && name !== '_time')
    .filter((entry) => wanted === '' || holds(entry, wanted))
    .sort(compareEntries);
}

function holds({ name, facet }: FieldEntry, wanted: string): boolean {
  const inValues = facet?.values.some(({ value }) => String(value).toLowerCase().includes(wanted)) ?? false;
  return name.toLowerCase().includes(wanted) || inValues;
}

/** Own fields before system fields; those that more events have first; then by name. */
function compareEntries(a: FieldEntry, b: FieldEntry): number {
  const bySystem = Number(a.system) - Number(b.system);
  const byCount = (b.facet?.count ?? 0) - (a.facet?.count ?? 0);
  return bySystem || byCount || a.name.localeCompare(b.name);
}

/** A facet's value, which comes as text, as the kind of value its field holds. */
export function typedValue(value: FieldValue, type: FieldType | null): FieldValue {
  if (type === 'bool') return value === 'true' || value === true;
  const number = Number(value);
  // What would not print the same again (a long id) stays text.
  return (type === 'int' || type === 'float') && String(number) === value ? number : value;
}

/** A part of a whole in percent with one digit where it is small: `0.4%`, `37%`. */
export function percentText(part: number, whole: number): string {
  if (whole === 0) return '0%';
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return '<0.1%';
  return `${percent < 10 && percent % 1 !== 0 ? percent.toFixed(1) : Math.round(percent)}%`;
}
