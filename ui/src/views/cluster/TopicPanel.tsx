import type { TopicDetails } from '../../api/clusterTypes.ts';
import { formatBytes, formatNumber, useText } from '../../i18n/index.ts';
import { ErrorNote } from '../../parts/cluster/ErrorNote.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';

/** A topic's partitions, its settings, and what can be done with it. */
export function TopicPanel({ page: { topic, begin } }: { page: ClusterPage }) {
  const t = useText();
  if (topic.error) return <ErrorNote error={topic.error} />;
  const details = topic.value;
  if (details === null) return <p className="muted">{t('loading')}</p>;
  return (
    <>
      <div className="ops-actions">
        <a className="button small" href={`./?dataset=${encodeURIComponent(details.name)}`}>
          {t('topic.search')}
        </a>
        <button
          type="button"
          className="button small"
          disabled={details.internal}
          onClick={() => begin({ kind: 'alterTopic', topic: details })}
        >
          {t('topic.alter')}
        </button>
        <button
          type="button"
          className="button small danger"
          disabled={details.internal}
          onClick={() => begin({ kind: 'deleteTopic', topic: details.name })}
        >
          {t('topic.delete')}
        </button>
        {details.id && <span className="muted">{t('topic.id', { id: details.id })}</span>}
      </div>
      <div className="ops-columns">
        <Partitions topic={details} />
        <Settings topic={details} />
      </div>
    </>
  );
}

function Partitions({ topic }: { topic: TopicDetails }) {
  const t = useText();
  const { language } = usePreferences();
  return (
    <table className="ops-table is-inner">
      <caption>{t('topic.partitionsOf', { name: topic.name })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('partition.id')}</th>
          <th scope="col">{t('partition.leader')}</th>
          <th scope="col">{t('partition.replicas')}</th>
          <th scope="col">{t('partition.isr')}</th>
          <th scope="col" className="number">
            {t('partition.start')}
          </th>
          <th scope="col" className="number">
            {t('partition.end')}
          </th>
          <th scope="col" className="number">
            {t('topic.size')}
          </th>
        </tr>
      </thead>
      <tbody>
        {topic.partitions.map((one) => (
          <tr key={one.partition} title={one.failure ?? undefined}>
            <th scope="row">{one.partition}</th>
            <td>{one.leader ?? <span className="problem">{t('partition.noLeader')}</span>}</td>
            <td>{one.replicas.join(', ')}</td>
            <td className={one.isr.length < one.replicas.length ? 'problem' : ''}>{one.isr.join(', ')}</td>
            <td className="number">{formatNumber(language, one.start)}</td>
            <td className="number">{formatNumber(language, one.end)}</td>
            <td className="number">
              {one.failure !== null ? (
                <span className="problem">{t('partition.failed')}</span>
              ) : one.size_bytes === null ? (
                '—'
              ) : (
                formatBytes(language, one.size_bytes)
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Settings({ topic }: { topic: TopicDetails }) {
  const t = useText();
  return (
    <table className="ops-table is-inner">
      <caption>{t('topic.settings')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('setting.name')}</th>
          <th scope="col">{t('setting.value')}</th>
          <th scope="col">{t('setting.origin')}</th>
        </tr>
      </thead>
      <tbody>
        {topic.settings.map((setting) => (
          <tr key={setting.name}>
            <th scope="row">
              <code>{setting.name}</code>
            </th>
            <td>
              <code>{setting.value ?? t('setting.secret')}</code>
            </td>
            <td className={setting.default ? 'muted' : ''}>
              {setting.default ? t('setting.default') : t('setting.own')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
