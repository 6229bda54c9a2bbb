import { useMemo, useState } from 'react';
import type { Scope } from '../../api/client.ts';
import type { Facets, Field } from '../../api/types.ts';
import { useText } from '../../i18n/index.ts';
import { type FieldEntry, fieldEntries } from '../../state/fieldList.ts';
import { FieldItem } from './FieldItem.tsx';

interface Props {
  fields: Field[];
  facets: Facets | null;
  loading: boolean;
  columns: string[];
  /** Where the values of a field are looked up that the facets do not cover. */
  scope: Scope;
}

/** The fields of the events found, with their top values. */
export function FieldSidebar({ fields, facets, loading, columns, scope }: Props) {
  const t = useText();
  const [search, setSearch] = useState('');
  const entries = useMemo(() => fieldEntries(fields, facets, search), [fields, facets, search]);
  const item = (entry: FieldEntry) => (
    <FieldItem
      key={entry.name}
      entry={entry}
      total={facets?.total ?? 0}
      isColumn={columns.includes(entry.name)}
      scope={scope}
    />
  );
  const own = entries.filter((entry) => !entry.system);
  const system = entries.filter((entry) => entry.system);

  return (
    <aside className={`sidebar ${loading ? 'is-loading' : ''}`} aria-label={t('fields.title')}>
      <div className="sidebar-search">
        <input
          type="search"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          placeholder={t('fields.search')}
          aria-label={t('fields.search')}
        />
      </div>
      <div className="sidebar-scroll">
        <h2>
          {t('fields.own')} <span className="muted">{own.length}</span>
        </h2>
        <ul className="field-list">{own.map(item)}</ul>
        {own.length === 0 && (
          <p className="muted sidebar-note">
            {loading ? t('loading') : search === '' ? t('fields.none') : t('fields.noMatch')}
          </p>
        )}
        {system.length > 0 && (
          <>
            <h2>
              {t('fields.system')} <span className="muted">{system.length}</span>
            </h2>
            <ul className="field-list">{system.map(item)}</ul>
          </>
        )}
      </div>
    </aside>
  );
}
