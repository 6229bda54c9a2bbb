import { useState } from 'react';
import type { Dataset } from '../api/types.ts';
import { formatCompact, useText } from '../i18n/index.ts';
import { usePreferences } from '../state/preferences.ts';
import { Icon } from './Icon.tsx';
import { Popover } from './Popover.tsx';

interface Props {
  datasets: Dataset[];
  /** The chosen name; empty means all. */
  chosen: string;
  onChoose: (name: string) => void;
}

/** A filter box is of use only past this many. */
const FILTER_FROM = 8;

export function DatasetPicker({ datasets, chosen, onChoose }: Props) {
  const t = useText();
  const { language } = usePreferences();
  const [filter, setFilter] = useState('');
  const shown = datasets.filter((dataset) => dataset.name.toLowerCase().includes(filter.toLowerCase()));
  const rows = datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
  const caption = chosen === '' ? t('dataset.all') : chosen;

  return (
    <Popover
      className="dataset-picker"
      label={t('dataset.label', { name: caption })}
      button={
        <>
          <Icon name="database" />
          <span className="ellipsis">{caption}</span>
          <Icon name="chevronDown" size={12} />
        </>
      }
    >
      {(close) => {
        const option = (name: string, text: string, count: number) => (
          <button
            type="button"
            key={name}
            className="menu-item"
            aria-pressed={name === chosen}
            onClick={() => {
              onChoose(name);
              close();
            }}
          >
            <span className="ellipsis">{text}</span>
            <span className="muted">{formatCompact(language, count)}</span>
          </button>
        );
        return (
          <div className="menu">
            {datasets.length >= FILTER_FROM && (
              <input
                type="search"
                placeholder={t('dataset.filter')}
                aria-label={t('dataset.filter')}
                value={filter}
                onChange={(event) => setFilter(event.target.value)}
              />
            )}
            {option('', t('dataset.all'), rows)}
            {shown.map((dataset) => option(dataset.name, dataset.name, dataset.rows))}
          </div>
        );
      }}
    </Popover>
  );
}
