import { Fragment } from 'react';
import type { Topic } from '../../api/clusterTypes.ts';
import { formatBytes, formatNumber, useText } from '../../i18n/index.ts';
import { ErrorNote } from '../../parts/cluster/ErrorNote.tsx';
import { ExpandButton } from '../../parts/cluster/ExpandButton.tsx';
import { Icon } from '../../parts/Icon.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';
import { TopicPanel } from './TopicPanel.tsx';

const COLUMNS = 8;

/** All topics; one that is opened shows its partitions and settings. */
export function Topics({ page }: { page: ClusterPage }) {
  const t = useText();
  const { topics, state, update, begin } = page;
  const all = topics.value ?? [];
  const shown = all.filter((topic) => state.internal || !topic.internal || topic.name === state.topic);
  return (
    <section className="panel" aria-labelledby="topics-title">
      <header className="panel-bar">
        <h2 id="topics-title">{t('cluster.topicsTitle', { n: shown.length })}</h2>
        <label className="check">
          <input
            type="checkbox"
            checked={state.internal}
            onChange={(event) => update({ internal: event.target.checked })}
          />
          {t('topic.showInternal')}
        </label>
        <span className="spring" />
        <button type="button" className="button small" onClick={() => begin({ kind: 'createTopic' })}>
          <Icon name="add" size={13} /> {t('topic.create')}
        </button>
      </header>
      {topics.error && <ErrorNote error={topics.error} />}
      {topics.value && shown.length === 0 && <p className="ops-empty muted">{t('topic.none')}</p>}
      {shown.length > 0 && (
        <div className="ops-scroll">
          <table className="ops-table">
            <thead>
              <tr>
                <th scope="col">{t('topic.name')}</th>
                <th scope="col" className="number">
                  {t('topic.partitions')}
                </th>
                <th scope="col" className="number">
                  {t('topic.replication')}
                </th>
                <th scope="col">{t('topic.isr')}</th>
                <th scope="col" className="number">
                  {t('topic.records')}
                </th>
                <th scope="col" className="number">
                  {t('topic.size')}
                </th>
                <th scope="col" className="number">
                  {t('topic.in')}
                </th>
                <th scope="col" className="number">
                  {t('topic.out')}
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map((topic) => (
                <Fragment key={topic.name}>
                  <TopicRow topic={topic} open={topic.name === state.topic} page={page} />
                  {topic.name === state.topic && (
                    <tr className="ops-details">
                      <td colSpan={COLUMNS}>
                        <TopicPanel page={page} />
                      </td>
                    </tr>
                  )}
                </Fragment>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function TopicRow({ topic, open, page }: { topic: Topic; open: boolean; page: ClusterPage }) {
  const { language } = usePreferences();
  const rates = topic.throughput;
  const rate = (records: number) => `${formatNumber(language, Math.round(records * 10) / 10)}/s`;
  return (
    <tr className={open ? 'is-open' : ''}>
      <th scope="row">
        <ExpandButton open={open} name={topic.name} onClick={() => page.toggleTopic(topic.name)} />
      </th>
      <td className="number">{formatNumber(language, topic.partition_count)}</td>
      <td className="number">{formatNumber(language, topic.replication)}</td>
      <td>
        <InStep topic={topic} />
      </td>
      <td className="number">{formatNumber(language, topic.records)}</td>
      <td className="number">{topic.size_bytes === null ? '—' : formatBytes(language, topic.size_bytes)}</td>
      <td className="number">{rate(rates.records_in_per_second)}</td>
      <td className="number">{rate(rates.records_out_per_second)}</td>
    </tr>
  );
}

/** Whether all copies are in step. */
function InStep({ topic: { leaderless, under_replicated } }: { topic: Topic }) {
  const t = useText();
  if (leaderless > 0)
    return <span className="badge is-problem">{t('topic.leaderless', { n: leaderless })}</span>;
  if (under_replicated > 0)
    return <span className="badge is-problem">{t('topic.underReplicated', { n: under_replicated })}</span>;
  return <span className="muted">{t('topic.inStep')}</span>;
}
