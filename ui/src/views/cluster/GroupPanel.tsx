import type { GroupDetails } from '../../api/clusterTypes.ts';
import { formatNumber, useText } from '../../i18n/index.ts';
import { ErrorNote } from '../../parts/cluster/ErrorNote.tsx';
import { Growing, LagSeconds } from '../../parts/cluster/Lag.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';

/** A group's members with what is assigned to them, its partitions with their lag, and what can be done. */
export function GroupPanel({ page: { group, begin } }: { page: ClusterPage }) {
  const t = useText();
  if (group.error) return <ErrorNote error={group.error} />;
  const details = group.value;
  if (details === null) return <p className="muted">{t('loading')}</p>;
  const inUse = details.members.length > 0;
  return (
    <>
      {details.own ? (
        <p className="ops-note">{t('group.ownNote')}</p>
      ) : (
        <div className="ops-actions">
          <button
            type="button"
            className="button small"
            disabled={inUse}
            onClick={() => begin({ kind: 'reset', group: details })}
          >
            {t('group.reset')}
          </button>
          <button
            type="button"
            className="button small danger"
            disabled={inUse}
            onClick={() => begin({ kind: 'deleteGroup', group: details.name })}
          >
            {t('group.delete')}
          </button>
          {inUse && <span className="muted">{t('group.inUse')}</span>}
        </div>
      )}
      <div className="ops-columns">
        <Members group={details} />
        <Partitions group={details} />
      </div>
    </>
  );
}

function Members({ group }: { group: GroupDetails }) {
  const t = useText();
  if (group.members.length === 0) return <p className="muted">{t('group.noMembers')}</p>;
  return (
    <table className="ops-table is-inner">
      <caption>{t('group.membersOf', { name: group.name })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('member.id')}</th>
          <th scope="col">{t('member.client')}</th>
          <th scope="col">{t('member.host')}</th>
          <th scope="col">{t('member.assigned')}</th>
        </tr>
      </thead>
      <tbody>
        {group.members.map((member) => (
          <tr key={member.id}>
            <th scope="row" title={member.id} className="ops-id">
              {member.instance_id ?? member.id}
            </th>
            <td>{member.client_id}</td>
            <td>{member.host}</td>
            <td className="ops-names">
              {member.assigned.map(({ topic, partition }) => `${topic}-${partition}`).join(', ') || '—'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Partitions({ group }: { group: GroupDetails }) {
  const t = useText();
  const { language } = usePreferences();
  const number = (value: number | null) => (value === null ? '—' : formatNumber(language, value));
  return (
    <table className="ops-table is-inner">
      <caption>{t('group.partitionsOf', { name: group.name })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('partition.name')}</th>
          <th scope="col" className="number">
            {t('partition.committed')}
          </th>
          <th scope="col" className="number">
            {t('partition.end')}
          </th>
          <th scope="col" className="number">
            {group.own ? t('group.notPublished') : t('group.lag')}
          </th>
          <th scope="col" className="number">
            {group.own ? t('group.unread') : t('group.lagSeconds')}
          </th>
        </tr>
      </thead>
      <tbody>
        {group.partitions.map((one) => (
          <tr key={`${one.topic}-${one.partition}`} className={one.growing ? 'is-growing' : ''}>
            <th scope="row">{`${one.topic}-${one.partition}`}</th>
            <td className="number">{number(one.committed)}</td>
            <td className="number">{number(one.end)}</td>
            <td className="number">
              {one.growing && <Growing />} {number(one.lag_records)}
            </td>
            <td className="number">
              {group.own ? number(one.unread_records ?? null) : <LagSeconds seconds={one.lag_seconds} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
