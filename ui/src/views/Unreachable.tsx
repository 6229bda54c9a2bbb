import { useText } from '../i18n/index.ts';

/** The server does not answer; the page keeps trying by itself. */
export function Unreachable({ onRetry }: { onRetry: () => void }) {
  const t = useText();
  return (
    <main className="empty" role="alert">
      <h1>{t('unreachable.title')}</h1>
      <p>{t('unreachable.text', { origin: window.location.origin })}</p>
      <div className="empty-actions">
        <button type="button" className="button" onClick={onRetry}>
          {t('unreachable.retry')}
        </button>
      </div>
    </main>
  );
}
