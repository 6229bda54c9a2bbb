import { deleteGroup } from '../../api/cluster.ts';
import { useText } from '../../i18n/index.ts';
import { FormDialog } from '../../parts/FormDialog.tsx';
import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';

/** Forgets a group with its offsets. */
export function DeleteGroupDialog({ group, onEnd }: { group: string; onEnd: ClusterPage['end'] }) {
  const t = useText();
  const remove = async () => {
    await deleteGroup(group);
    onEnd(true, { group: '' });
  };
  return (
    <FormDialog
      title={t('group.deleteTitle', { name: group })}
      action={t('group.delete')}
      danger
      onSubmit={remove}
      onClose={() => onEnd(false)}
    >
      <p>{t('group.deleteText')}</p>
    </FormDialog>
  );
}
