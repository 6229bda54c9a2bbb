import { useMemo, useState } from 'react';
import type { Row } from '../../api/types.ts';
import { useText } from '../../i18n/index.ts';
import { columnsOf, largestOf, type Order, sortRows, timeColumn } from '../../state/table.ts';
import { ResultCell } from './ResultCell.tsx';

/** More rows than this are not drawn; the export has all. */
const ROWS_DRAWN_MAX = 1_000;

/** Computed rows as a table, ordered as the query says or by a click on a column. */
export function ResultTable({ rows }: { rows: Row[] }) {
  const t = useText();
  const [order, setOrder] = useState<Order | null>(null);
  const columns = useMemo(() => describe(rows), [rows]);
  const sorted = useMemo(() => sortRows(rows, order).slice(0, ROWS_DRAWN_MAX), [rows, order]);

  /** Numbers from the largest first, texts from the first; the second click turns round, the third lets go. */
  const sortBy = ({ name, isNumber }: Column) => {
    if (order?.column !== name) setOrder({ column: name, descending: isNumber });
    else setOrder(order.descending === isNumber ? { column: name, descending: !isNumber } : null);
  };
  const sortState = (name: string) => {
    if (order?.column !== name) return 'none';
    return order.descending ? 'descending' : 'ascending';
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="scroll-table result-table" aria-label={t('table.label')} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                className={column.isNumber ? 'number' : ''}
                aria-sort={sortState(column.name)}
              >
                <button
                  type="button"
                  title={t('table.sort', { name: column.name })}
                  onClick={() => sortBy(column)}
                >
                  {column.name}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: computed rows have no identity of their own
            <tr key={index}>
              {columns.map((column) => (
                <ResultCell key={column.name} column={column} value={row[column.name]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > ROWS_DRAWN_MAX && (
        <p className="muted">{t('table.cut', { n: ROWS_DRAWN_MAX, all: rows.length })}</p>
      )}
    </section>
  );
}

/** What is the same for all cells of a column. */
export interface Column {
  name: string;
  isTime: boolean;
  isNumber: boolean;
  /** The value whose bar fills the cell; null draws no bars. */
  barOf: number | null;
}

/** The first column of numbers gets bars, unless the rows follow each other in time: then there is a chart. */
function describe(rows: Row[]): Column[] {
  const time = timeColumn(rows);
  const names = columnsOf(rows);
  const numbers = names.filter((name) =>
    rows.every((row) => ['number', 'undefined'].includes(typeof row[name])),
  );
  return names.map((name) => ({
    name,
    isTime: name === time,
    isNumber: numbers.includes(name),
    barOf: time === null && name === numbers[0] ? largestOf(rows, name) : null,
  }));
}
