import { exportUrl, type Scope } from '../api/client.ts';
import { formatBytes, formatCompact, useText } from '../i18n/index.ts';
import { CopyButton } from '../parts/CopyButton.tsx';
import { Icon } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { setPreferences, usePreferences } from '../state/preferences.ts';
import type { RowsControl } from '../state/useRows.ts';

interface Props {
  rows: RowsControl;
  isList: boolean;
  scope: Scope;
  shareUrl: () => string;
}

/** How the answer came about, and what can be done with it as a whole. */
export function ResultBar({ rows, isList, scope, shareUrl }: Props) {
  const t = useText();
  const { wrap, sidebar } = usePreferences();
  return (
    <div className="panel-bar result-bar">
      <IconButton
        icon="sidebar"
        label={sidebar ? t('sidebar.hide') : t('sidebar.show')}
        pressed={sidebar}
        onClick={() => setPreferences({ sidebar: !sidebar })}
      />
      <RunStatus rows={rows} />
      <span className="spring" />
      {isList && (
        <IconButton
          icon="wrap"
          label={t('list.wrap')}
          text={t('list.wrapShort')}
          pressed={wrap}
          onClick={() => setPreferences({ wrap: !wrap })}
        />
      )}
      <CopyButton icon="link" text={shareUrl} label={t('share.hint')} caption={t('share')} />
      <a
        className="icon-button"
        href={exportUrl(scope)}
        download={`girok-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.ndjson`}
        title={t('export.hint')}
      >
        <Icon name="download" />
        <span>{t('export')}</span>
      </a>
    </div>
  );
}

function RunStatus({ rows: { phase, rows, stale, stats, more, error } }: { rows: RowsControl }) {
  const t = useText();
  const { language } = usePreferences();
  const shown = t('status.rows', { n: rows.length });
  if (phase === 'running')
    return <span role="status">{t('status.running', { n: stale ? 0 : rows.length })}</span>;
  if (phase === 'cancelled') return <span role="status">{t('status.cancelled', { n: rows.length })}</span>;
  if (phase === 'failed') return <span role="status">{t('status.failed')}</span>;
  const work = stats && {
    elapsed: elapsedText(stats.elapsed_ms),
    rows: formatCompact(language, stats.rows_scanned),
    bytes: formatBytes(language, stats.bytes_scanned),
  };
  const parts = stats && { pruned: stats.parts_pruned, total: stats.parts_total };
  return (
    <span role="status" title={parts ? t('status.parts', parts) : undefined}>
      {shown}
      {more === 'loading' && <span className="muted"> · {t('loading')}</span>}
      {work && (
        <span className="muted"> · {stats.rows_scanned > 0 ? t('status.work', work) : work.elapsed}</span>
      )}
      {error && <span className="problem"> · {error.message}</span>}
    </span>
  );
}

function elapsedText(millis: number): string {
  return millis < 1000 ? `${Math.max(1, Math.round(millis))} ms` : `${(millis / 1000).toFixed(1)} s`;
}
