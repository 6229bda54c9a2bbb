/** What the rows of an answer can ask of the page. */
import { createContext, useContext } from 'react';
import type { Row } from '../../api/types.ts';
import type { FieldValue, Mode } from '../../state/language/edit.ts';

export interface RowActions {
  filter: (field: string, value: FieldValue, mode: Mode) => void;
  toggleColumn: (field: string) => void;
  /** The address of a page with all events around this one, whatever the query. */
  aroundUrl: (row: Row) => string;
}

export const RowActionsContext = createContext<RowActions>({
  filter: () => undefined,
  toggleColumn: () => undefined,
  aroundUrl: () => '',
});

export function useRowActions(): RowActions {
  return useContext(RowActionsContext);
}
