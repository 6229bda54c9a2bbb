import { useState } from 'react';
import { createTopic } from '../../api/cluster.ts';
import { useText } from '../../i18n/index.ts';
import { Field } from '../../parts/cluster/Field.tsx';
import { SettingsEditor, type TypedSetting } from '../../parts/cluster/SettingsEditor.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import { countOf, newSettings } from '../../state/cluster/settings.ts';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';

/** Asks what a new topic shall be. */
export function CreateTopicDialog({ onEnd }: { onEnd: ClusterPage['end'] }) {
  const t = useText();
  const [name, setName] = useState('');
  const [partitions, setPartitions] = useState('');
  const [replication, setReplication] = useState('');
  const [settings, setSettings] = useState<TypedSetting[]>([]);
  const [count, copies] = [countOf(partitions), countOf(replication)];
  const wanted = name.trim();

  const create = async () => {
    await createTopic({
      name: wanted,
      partitions: count ?? undefined,
      replication: copies ?? undefined,
      settings: newSettings(settings),
    });
    onEnd(true, { topic: wanted });
  };

  return (
    <FormDialog
      title={t('topic.createTitle')}
      action={t('topic.create')}
      ready={wanted !== '' && count !== null && copies !== null}
      onSubmit={create}
      onClose={() => onEnd(false)}
    >
      <Field label={t('topic.name')} hint={t('topic.nameHint')}>
        {(id) => (
          <input
            id={id}
            // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type a name
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="form-row">
        <Field label={t('topic.partitions')}>
          {(id) => (
            <input
              id={id}
              inputMode="numeric"
              placeholder={t('setting.default')}
              aria-invalid={count === null}
              value={partitions}
              onChange={(event) => setPartitions(event.target.value)}
            />
          )}
        </Field>
        <Field label={t('topic.replication')}>
          {(id) => (
            <input
              id={id}
              inputMode="numeric"
              placeholder={t('setting.default')}
              aria-invalid={copies === null}
              value={replication}
              onChange={(event) => setReplication(event.target.value)}
            />
          )}
        </Field>
      </div>
      <SettingsEditor settings={settings} onChange={setSettings} />
    </FormDialog>
  );
}
