import type { Cluster } from '../../api/clusterTypes.ts';
import { formatNumber, useText } from '../../i18n/index.ts';
import { usePreferences } from '../../state/preferences.ts';

/** Who serves the log. */
export function Brokers({ cluster: { brokers, controller, cluster_id } }: { cluster: Cluster }) {
  const t = useText();
  const { language } = usePreferences();
  return (
    <section className="panel" aria-labelledby="brokers-title">
      <header className="panel-bar">
        <h2 id="brokers-title">{t('cluster.brokers', { n: brokers.length })}</h2>
        {cluster_id && <span className="muted">{t('cluster.id', { id: cluster_id })}</span>}
      </header>
      <div className="ops-scroll">
        <table className="ops-table">
          <thead>
            <tr>
              <th scope="col">{t('broker.id')}</th>
              <th scope="col">{t('broker.address')}</th>
              <th scope="col">{t('broker.role')}</th>
              <th scope="col" className="number">
                {t('broker.leads')}
              </th>
              <th scope="col" className="number">
                {t('broker.replicas')}
              </th>
              <th scope="col" className="number">
                {t('broker.inSync')}
              </th>
            </tr>
          </thead>
          <tbody>
            {brokers.map((broker) => (
              <tr key={broker.id}>
                <th scope="row">{broker.id}</th>
                <td>
                  {broker.host === null ? (
                    <span className="muted">{t('broker.noPort')}</span>
                  ) : (
                    <code>{`${broker.host}:${broker.port}`}</code>
                  )}
                </td>
                <td>{broker.id === controller ? t('broker.controller') : ''}</td>
                <td className="number">{formatNumber(language, broker.leads)}</td>
                <td className="number">{formatNumber(language, broker.replicas)}</td>
                <td className={`number ${broker.in_sync < broker.replicas ? 'problem' : ''}`}>
                  {formatNumber(language, broker.in_sync)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
