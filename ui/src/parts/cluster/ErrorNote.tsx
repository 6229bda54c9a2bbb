import type { ApiError } from '../../api/http.ts';
import { hasText, type TextKey, useText } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';
import { Icon } from '../Icon.tsx';
import { WithCode } from '../WithCode.tsx';

/** Why something could not be told or done, and what to do about it. */
export function ErrorNote({ error }: { error: ApiError }) {
  const t = useText();
  const { language } = usePreferences();
  const title = `error.${error.body.code}`;
  // The server speaks English; where the page does not, it says first what kind of mistake it is.
  const hasTitle = (language !== 'en' || error.unreachable) && hasText(title);
  return (
    <div className="error-note" role="alert">
      <Icon name="warning" />
      <div>
        {hasTitle && <p className="query-error-title">{t(title as TextKey)}</p>}
        {!error.unreachable && (
          <p>
            <WithCode text={error.body.message} />
          </p>
        )}
        {error.body.hint && (
          <p className="muted">
            <b>{t('error.hint')}</b> <WithCode text={error.body.hint} />
          </p>
        )}
      </div>
    </div>
  );
}
