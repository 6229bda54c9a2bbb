import { formatNumber, useText } from '../i18n/index.ts';
import { usePreferences } from '../state/preferences.ts';
import type { TailControl } from '../state/useTail.ts';
import { Icon } from './Icon.tsx';

/** How the live tail is doing: its rate, whether it is paused, how much waits. */
export function LiveBar({ tail, onResume }: { tail: TailControl; onResume: () => void }) {
  const t = useText();
  const { language } = usePreferences();
  const { connected, paused, waiting, rate, error, setPaused } = tail;
  const state = connected ? (paused ? 'paused' : 'on') : 'lost';
  return (
    <div className={`live-bar is-${state}`}>
      <i className="live-dot" aria-hidden="true" />
      <span role="status">{t(`live.${state}`)}</span>
      <span className="muted">{t('live.rate', { rate: formatNumber(language, rate) })}</span>
      {error && !connected && <span className="problem">{error.message}</span>}
      <span className="spring" />
      {paused ? (
        <button type="button" className="button small" onClick={onResume}>
          <Icon name="arrowUp" /> {waiting > 0 ? t('live.resumeWaiting', { n: waiting }) : t('live.resume')}
        </button>
      ) : (
        <button type="button" className="button small" onClick={() => setPaused(true)}>
          <Icon name="pause" /> {t('live.pause')}
        </button>
      )}
    </div>
  );
}
