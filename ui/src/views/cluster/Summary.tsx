import { formatBytes, formatNumber, useText } from '../../i18n/index.ts';
import { Icon } from '../../parts/Icon.tsx';
import { IconButton } from '../../parts/IconButton.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';

/** The log in one line, and whether the page keeps asking. */
export function Summary({ page }: { page: ClusterPage }) {
  const t = useText();
  const { state, update, cluster, groups, refresh } = page;
  return (
    <section className="panel cluster-summary" aria-label={t('cluster.summary')}>
      {cluster.value ? <Figures page={page} /> : <p className="muted">{t('loading')}</p>}
      <span className="spring" />
      <IconButton icon="history" label={t('cluster.refresh')} onClick={refresh} />
      <IconButton
        icon={state.refresh ? 'pause' : 'play'}
        label={state.refresh ? t('cluster.pause') : t('cluster.resume')}
        text={state.refresh ? t('cluster.auto') : t('cluster.paused')}
        pressed={state.refresh}
        onClick={() => update({ refresh: !state.refresh })}
      />
      <output className="visually-hidden">
        {groups.value?.some((group) => group.growing) ? t('cluster.someGrow') : ''}
      </output>
    </section>
  );
}

function Figures({ page: { cluster, groups } }: { page: ClusterPage }) {
  const t = useText();
  const { language } = usePreferences();
  const value = cluster.value;
  if (value === null) return null;
  const rates = value.throughput;
  const bytes = (rate: number | null) => (rate === null ? '' : ` · ${formatBytes(language, rate)}/s`);
  const rate = (records: number, size: number | null) =>
    `${t('cluster.perSecond', { n: formatNumber(language, Math.round(records)) })}${bytes(size)}`;
  const growing = groups.value?.filter((group) => group.growing).length ?? 0;
  const figures: [string, string][] = [
    [t('cluster.log'), t(`cluster.log.${value.log}`)],
    [
      t('cluster.topics'),
      `${value.topic_count} · ${t('cluster.partitionCount', { n: value.partition_count })}`,
    ],
    [t('cluster.size'), value.size_bytes === null ? '—' : formatBytes(language, value.size_bytes)],
    [t('cluster.in'), rate(rates.records_in_per_second, rates.bytes_in_per_second)],
    [t('cluster.out'), rate(rates.records_out_per_second, rates.bytes_out_per_second)],
  ];
  const problems = [
    value.leaderless > 0 && t('cluster.leaderless', { n: value.leaderless }),
    value.under_replicated > 0 && t('cluster.underReplicated', { n: value.under_replicated }),
    growing > 0 && t('cluster.growing', { n: growing }),
  ].filter((text) => text !== false);
  return (
    <>
      <dl className="figures">
        {figures.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {problems.map((text) => (
        <span key={text} className="badge is-problem">
          <Icon name="warning" size={13} /> {text}
        </span>
      ))}
      {problems.length === 0 && (
        <span className="badge is-good">
          <Icon name="check" size={13} /> {t('cluster.allWell')}
        </span>
      )}
    </>
  );
}
