import { Fragment } from 'react';
import type { Group } from '../../api/clusterTypes.ts';
import { formatNumber, useText } from '../../i18n/index.ts';
import { ErrorNote } from '../../parts/cluster/ErrorNote.tsx';
import { ExpandButton } from '../../parts/cluster/ExpandButton.tsx';
import { Growing, LagSeconds } from '../../parts/cluster/Lag.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';
import { GroupPanel } from './GroupPanel.tsx';

const COLUMNS = 6;

/** All groups; one that is opened shows its members and how far each partition is behind. */
export function Groups({ page }: { page: ClusterPage }) {
  const t = useText();
  const { groups, state } = page;
  const all = groups.value ?? [];
  return (
    <section className="panel" aria-labelledby="groups-title">
      <header className="panel-bar">
        <h2 id="groups-title">{t('cluster.groupsTitle', { n: all.length })}</h2>
      </header>
      {groups.error && <ErrorNote error={groups.error} />}
      {groups.value && all.length === 0 && <p className="ops-empty muted">{t('group.none')}</p>}
      {all.length > 0 && (
        <div className="ops-scroll">
          <table className="ops-table">
            <thead>
              <tr>
                <th scope="col">{t('group.name')}</th>
                <th scope="col">{t('group.state')}</th>
                <th scope="col" className="number">
                  {t('group.members')}
                </th>
                <th scope="col">{t('group.topics')}</th>
                <th scope="col" className="number">
                  {t('group.lag')}
                </th>
                <th scope="col" className="number">
                  {t('group.lagSeconds')}
                </th>
              </tr>
            </thead>
            <tbody>
              {all.map((group) => (
                <Fragment key={group.name}>
                  <GroupRow group={group} open={group.name === state.group} page={page} />
                  {group.name === state.group && (
                    <tr className="ops-details">
                      <td colSpan={COLUMNS}>
                        <GroupPanel page={page} />
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

function GroupRow({ group, open, page }: { group: Group; open: boolean; page: ClusterPage }) {
  const t = useText();
  const { language } = usePreferences();
  return (
    <tr className={`${open ? 'is-open' : ''} ${group.growing ? 'is-growing' : ''}`}>
      <th scope="row">
        <ExpandButton open={open} name={group.name} onClick={() => page.toggleGroup(group.name)} />
        {group.own && <span className="badge">{t('group.own')}</span>}
      </th>
      <td>{group.state}</td>
      <td className="number">{formatNumber(language, group.member_count)}</td>
      <td className="ops-names">{group.topics.join(', ')}</td>
      <td className="number">
        {group.growing && <Growing />} {formatNumber(language, group.unread_records ?? group.lag_records)}
      </td>
      <td className="number">{group.own ? '' : <LagSeconds seconds={group.lag_seconds} />}</td>
    </tr>
  );
}
