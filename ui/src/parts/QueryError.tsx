import type { ErrorBody, Warning } from '../api/types.ts';
import { hasText, type TextKey, useText } from '../i18n/index.ts';
import { usePreferences } from '../state/preferences.ts';
import { Icon } from './Icon.tsx';
import { WithCode } from './WithCode.tsx';

/** More of a long query than this on one side of the error is cut away. */
const CONTEXT_CHARS = 48;

/** What is wrong with the query, where, and what to do: below the query bar. */
export function QueryError({ query, error }: { query: string; error: ErrorBody }) {
  const t = useText();
  const { language } = usePreferences();
  const title = `error.${error.code}`;
  // The server speaks English; where the page does not, it says first what kind of mistake it is.
  const hasTitle = language !== 'en' && hasText(title);
  return (
    <div className="query-error" role="alert">
      <Icon name="warning" />
      <div>
        {hasTitle && <p className="query-error-title">{t(title as TextKey)}</p>}
        <p className={hasTitle ? '' : 'query-error-title'}>
          <WithCode text={error.message} />
        </p>
        {error.span && <Place query={query} start={error.span.start16} end={error.span.end16} />}
        {error.hint && (
          <p className="query-error-hint">
            <b>{t('error.hint')}</b> <WithCode text={error.hint} />
          </p>
        )}
      </div>
    </div>
  );
}

/** What was probably not meant, though the query ran. */
export function QueryWarnings({ warnings }: { warnings: Warning[] }) {
  return warnings.map(({ message }) => (
    <p className="query-warning" role="status" key={message}>
      <Icon name="warning" />
      <span>
        <WithCode text={message} />
      </span>
    </p>
  ));
}

/** The line of the query that holds the error, with carets below it. */
function Place({ query, start, end }: { query: string; start: number; end: number }) {
  const lineStart = Math.max(query.lastIndexOf('\n', start - 1) + 1, start - CONTEXT_CHARS);
  const newline = query.indexOf('\n', start);
  const lineEnd = Math.min(newline < 0 ? query.length : newline, Math.max(end, start) + CONTEXT_CHARS);
  const bad = query.slice(start, Math.min(Math.max(end, start + 1), lineEnd));
  return (
    <pre className="query-error-place">
      {query.slice(lineStart, start)}
      <span className="caret-under">{bad === '' ? ' ' : bad}</span>
      {query.slice(start + bad.length, lineEnd)}
    </pre>
  );
}
