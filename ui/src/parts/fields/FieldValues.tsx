import { useCallback, useState } from 'react';
import { fetchFacets, type Scope } from '../../api/client.ts';
import type { Facet, FieldType } from '../../api/types.ts';
import { formatNumber, useText } from '../../i18n/index.ts';
import { percentText, typedValue } from '../../state/fieldList.ts';
import { usePreferences } from '../../state/preferences.ts';
import { useAnswer } from '../../state/useAnswer.ts';
import { IconButton } from '../IconButton.tsx';
import { useRowActions } from '../list/actions.ts';

interface Props {
  name: string;
  type: FieldType | null;
  facet: Facet | null;
  scope: Scope;
}

const VALUES_FEW = 10;
const VALUES_MANY = 50;

/** The most frequent values of a field as bars, each to be added to the query or taken out. */
export function FieldValues({ name, type, facet, scope }: Props) {
  const t = useText();
  const { language } = usePreferences();
  const { filter } = useRowActions();
  const [limit, setLimit] = useState(VALUES_FEW);
  const known = facet !== null && limit === VALUES_FEW;
  const ask = useCallback(
    (signal: AbortSignal) => fetchFacets(scope, [name], limit, signal),
    [scope, name, limit],
  );
  const { value, loading } = useAnswer(known ? null : ask);
  const shown = known ? facet : (value?.fields[0] ?? facet);

  if (shown === null) {
    return <p className="muted field-note">{loading ? t('loading') : t('fields.noValues')}</p>;
  }
  return (
    <div className="field-values">
      <p className="muted field-note">{t('fields.distinct', { n: shown.distinct })}</p>
      <ul>
        {shown.values.map(({ value, count }) => (
          <li key={String(value)} className="field-value">
            <div className="field-value-text">
              <span className="ellipsis" title={`${value} · ${formatNumber(language, count)}`}>
                {value === '' ? '""' : String(value)}
              </span>
              <span className="muted">{percentText(count, shown.count)}</span>
            </div>
            <div className="field-bar">
              <i style={{ width: `${(100 * count) / Math.max(shown.count, 1)}%` }} />
            </div>
            <div className="field-value-actions">
              <IconButton
                icon="add"
                label={t('field.includeValue', { name, value: String(value) })}
                onClick={() => filter(name, typedValue(value, type), 'include')}
              />
              <IconButton
                icon="remove"
                label={t('field.excludeValue', { name, value: String(value) })}
                onClick={() => filter(name, typedValue(value, type), 'exclude')}
              />
            </div>
          </li>
        ))}
      </ul>
      {shown.distinct > shown.values.length && limit === VALUES_FEW && (
        <button type="button" className="link field-note" onClick={() => setLimit(VALUES_MANY)}>
          {t('fields.more')}
        </button>
      )}
    </div>
  );
}
