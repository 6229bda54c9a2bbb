import { useState } from 'react';
import { useText } from '../i18n/index.ts';
import { clearHistory, readHistory } from '../state/history.ts';
import { EXAMPLES } from './HelpDialog.tsx';
import { Icon } from './Icon.tsx';
import { Popover } from './Popover.tsx';

/** The queries run before, and some to begin with. */
export function HistoryMenu({ onPick }: { onPick: (query: string) => void }) {
  const t = useText();
  return (
    <Popover className="history-menu" label={t('history.label')} button={<Icon name="history" />}>
      {(close) => (
        <HistoryList
          onPick={(query) => {
            onPick(query);
            close();
          }}
        />
      )}
    </Popover>
  );
}

function HistoryList({ onPick }: { onPick: (query: string) => void }) {
  const t = useText();
  const [entries, setEntries] = useState(readHistory);
  const clear = () => {
    clearHistory();
    setEntries([]);
  };
  const item = (query: string) => (
    <button type="button" key={query} className="menu-item" onClick={() => onPick(query)}>
      <code>{query}</code>
    </button>
  );
  return (
    <div className="menu">
      <div className="menu-title">
        <h3>{entries.length > 0 ? t('history.recent') : t('history.examples')}</h3>
        {entries.length > 0 && (
          <button type="button" className="link" onClick={clear}>
            {t('history.clear')}
          </button>
        )}
      </div>
      {entries.length > 0 ? entries.map(item) : EXAMPLES.map(([query]) => item(query))}
    </div>
  );
}
