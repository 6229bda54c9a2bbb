import { useState } from 'react';
import { deleteTopic } from '../../api/cluster.ts';
import { useText } from '../../i18n/index.ts';
import { Field } from '../../parts/cluster/Field.tsx';
import { FormDialog } from '../../parts/FormDialog.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';

/** Deletes a topic once its name was typed: nothing brings it back. */
export function DeleteTopicDialog({ topic, onEnd }: { topic: string; onEnd: ClusterPage['end'] }) {
  const t = useText();
  const [typed, setTyped] = useState('');
  const remove = async () => {
    await deleteTopic(topic);
    onEnd(true, { topic: '' });
  };
  return (
    <FormDialog
      title={t('topic.deleteTitle', { name: topic })}
      action={t('topic.delete')}
      danger
      ready={typed === topic}
      onSubmit={remove}
      onClose={() => onEnd(false)}
    >
      <p>{t('topic.deleteText', { name: topic })}</p>
      <Field label={t('topic.typeName', { name: topic })}>
        {(id) => (
          <input
            id={id}
            // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type the name
            autoFocus
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        )}
      </Field>
    </FormDialog>
  );
}
