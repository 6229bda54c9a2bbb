import { type TextKey, useText } from '../i18n/index.ts';
import { Dialog } from './Dialog.tsx';

const KEYS: [string[], TextKey][] = [
  [['/'], 'help.key.focus'],
  [['Enter'], 'help.key.run'],
  [['Ctrl', 'Enter'], 'help.key.runAnywhere'],
  [['Shift', 'Enter'], 'help.key.newline'],
  [['Tab'], 'help.key.accept'],
  [['j', 'k'], 'help.key.rows'],
  [['Enter'], 'help.key.expand'],
  [['l'], 'help.key.live'],
  [['Esc'], 'help.key.escape'],
  [['?'], 'help.key.help'],
];

/** Queries that work on any data, with what they find. */
export const EXAMPLES: [string, TextKey][] = [
  ['connection timeout', 'help.query.words'],
  ['"failed password"', 'help.query.phrase'],
  ['level:error -service:batch', 'help.query.field'],
  ['status:>=500', 'help.query.compare'],
  ['conn*  ~"ssword"  /time(d )?out/', 'help.query.patterns'],
  ['source.ip:10.0.0.0/8', 'help.query.network'],
  ['(error OR warn) host="web-1"', 'help.query.bool'],
  ['* | top 10 host', 'help.query.top'],
  ['* | timechart span=5m count() by level', 'help.query.timechart'],
  ['status:* | stats count() as n, p95(duration_ms) by url | sort -n | head 20', 'help.query.stats'],
];

/** All keys, and the query language on one page. */
export function HelpDialog({ onClose, onPick }: { onClose: () => void; onPick: (query: string) => void }) {
  const t = useText();
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <div className="help">
        <section>
          <h3>{t('help.language')}</h3>
          <ul className="help-queries">
            {EXAMPLES.map(([query, key]) => (
              <li key={query}>
                <button type="button" onClick={() => onPick(query)}>
                  <code>{query}</code>
                </button>
                <span>{t(key)}</span>
              </li>
            ))}
          </ul>
        </section>
        <section>
          <h3>{t('help.keys')}</h3>
          <dl className="help-keys">
            {KEYS.map(([keys, text]) => (
              <div key={text}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{t(text)}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
