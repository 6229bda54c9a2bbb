import { useMemo, useState } from 'react';
import { resetOffsets } from '../../api/cluster.ts';
import type { GroupDetails, MovedOffset } from '../../api/clusterTypes.ts';
import { formatNumber, useText } from '../../i18n/index.ts';
import { Field } from '../../parts/cluster/Field.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { TARGETS, type TargetKind, targetOf } from '../../state/cluster/reset.ts';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { usePreferences } from '../../state/preferences.ts';

/** Moves a group's offsets: first says what would be moved, then moves it. */
export function ResetDialog({ group, onEnd }: { group: GroupDetails; onEnd: ClusterPage['end'] }) {
  const t = useText();
  const { zone } = usePreferences();
  const [kind, setKind] = useState<TargetKind>('earliest');
  const [typed, setTyped] = useState('');
  const [topic, setTopic] = useState('');
  const [preview, setPreview] = useState<MovedOffset[] | null>(null);
  const to = useMemo(() => targetOf(kind, typed, zone, Date.now()), [kind, typed, zone]);
  const topics = topic === '' ? [] : [topic];
  const needsText = kind !== 'earliest' && kind !== 'latest';

  const submit = async () => {
    if (to === null) return;
    const moved = await resetOffsets(group.name, { to, topics, dry_run: preview === null });
    if (preview === null) setPreview(moved);
    else onEnd(true);
  };
  const choose = (change: () => void) => {
    setPreview(null);
    change();
  };

  return (
    <FormDialog
      title={t('reset.title', { name: group.name })}
      action={preview === null ? t('reset.preview') : t('reset.do', { n: preview.length })}
      danger={preview !== null}
      ready={to !== null}
      onSubmit={submit}
      onClose={() => onEnd(false)}
    >
      <Field label={t('reset.to')}>
        {(id) => (
          <select
            id={id}
            value={kind}
            onChange={(event) => choose(() => setKind(event.target.value as TargetKind))}
          >
            {TARGETS.map((one) => (
              <option key={one} value={one}>
                {t(`reset.to.${one}`)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {needsText && (
        <Field label={t(`reset.to.${kind}`)} hint={t(`reset.hint.${kind}`)}>
          {(id) => (
            <input
              id={id}
              aria-invalid={typed !== '' && to === null}
              value={typed}
              onChange={(event) => choose(() => setTyped(event.target.value))}
              autoComplete="off"
            />
          )}
        </Field>
      )}
      {group.topics.length > 1 && (
        <Field label={t('reset.topics')}>
          {(id) => (
            <select id={id} value={topic} onChange={(event) => choose(() => setTopic(event.target.value))}>
              <option value="">{t('reset.allTopics')}</option>
              {group.topics.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      {preview && <Preview moved={preview} />}
    </FormDialog>
  );
}

/** What would be moved, and by how much. */
function Preview({ moved }: { moved: MovedOffset[] }) {
  const t = useText();
  const { language } = usePreferences();
  const number = (value: number | null) => (value === null ? '—' : formatNumber(language, value));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="reset-preview" tabIndex={0} aria-label={t('reset.previewTitle')}>
      <table className="ops-table is-inner">
        <caption>{t('reset.previewTitle')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('partition.name')}</th>
            <th scope="col" className="number">
              {t('reset.before')}
            </th>
            <th scope="col" className="number">
              {t('reset.after')}
            </th>
          </tr>
        </thead>
        <tbody>
          {moved.map(({ topic, partition, before, after }) => (
            <tr key={`${topic}-${partition}`}>
              <th scope="row">{`${topic}-${partition}`}</th>
              <td className="number">{number(before)}</td>
              <td className="number">{number(after)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
