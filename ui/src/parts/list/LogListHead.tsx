import { useText } from '../../i18n/index.ts';
import { Icon } from '../Icon.tsx';
import { useRowActions } from './actions.ts';

/** The names of the columns; a chosen field's column can be taken away here. */
export function LogListHead({ columns, showDataset }: { columns: string[]; showDataset: boolean }) {
  const t = useText();
  const { toggleColumn } = useRowActions();
  return (
    <div role="rowgroup" className="log-head">
      <div role="row" className="log-line" aria-rowindex={1}>
        <span role="columnheader" className="log-toggle" tabIndex={-1}>
          <span className="visually-hidden">{t('column.details')}</span>
        </span>
        <span role="columnheader" className="log-time" tabIndex={-1}>
          {t('column.time')}
        </span>
        <span role="columnheader" className="log-level" tabIndex={-1}>
          {t('column.level')}
        </span>
        {showDataset && (
          <span role="columnheader" className="log-dataset" tabIndex={-1}>
            {t('column.dataset')}
          </span>
        )}
        {columns.map((name) => (
          <span role="columnheader" className="log-column" key={name} tabIndex={-1}>
            <span className="ellipsis">{name}</span>
            <button
              type="button"
              title={t('column.remove', { name })}
              aria-label={t('column.remove', { name })}
              onClick={() => toggleColumn(name)}
            >
              <Icon name="close" size={11} />
            </button>
          </span>
        ))}
        <span role="columnheader" className="log-message" tabIndex={-1}>
          {t('column.message')}
        </span>
      </div>
    </div>
  );
}
