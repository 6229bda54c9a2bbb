import { useState } from 'react';
import { alterTopic } from '../../api/cluster.ts';
import type { TopicDetails } from '../../api/clusterTypes.ts';
import { useText } from '../../i18n/index.ts';
import { Field } from '../../parts/cluster/Field.tsx';
import { SettingsEditor, type TypedSetting } from '../../parts/cluster/SettingsEditor.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { changedSettings, countOf } from '../../state/cluster/settings.ts';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';

/** The settings that the topic has of its own. */
function ownSettings(topic: TopicDetails): TypedSetting[] {
  const own = topic.settings.filter((setting) => !setting.default);
  return own.map(({ name, value }, key) => ({ key, name, value: value ?? '' }));
}

/** Changes a topic's settings, or gives it more partitions. */
export function AlterTopicDialog({ topic, onEnd }: { topic: TopicDetails; onEnd: ClusterPage['end'] }) {
  const t = useText();
  const [partitions, setPartitions] = useState(String(topic.partition_count));
  const [typed, setTyped] = useState(() => ownSettings(topic));
  const count = countOf(partitions);
  const settings = changedSettings(topic.settings, typed);
  const grows = count !== topic.partition_count;
  const ready = typeof count === 'number' && (grows || Object.keys(settings).length > 0);

  const alter = async () => {
    await alterTopic(topic.name, { partitions: grows ? (count ?? undefined) : undefined, settings });
    onEnd(true);
  };

  return (
    <FormDialog
      title={t('topic.alterTitle', { name: topic.name })}
      action={t('topic.alter')}
      ready={ready}
      onSubmit={alter}
      onClose={() => onEnd(false)}
    >
      <Field label={t('topic.partitions')} hint={t('topic.partitionsHint')}>
        {(id) => (
          <input
            id={id}
            inputMode="numeric"
            aria-invalid={typeof count !== 'number'}
            value={partitions}
            onChange={(event) => setPartitions(event.target.value)}
          />
        )}
      </Field>
      <SettingsEditor settings={typed} onChange={setTyped} />
    </FormDialog>
  );
}
