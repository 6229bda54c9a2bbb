import type { ClusterPage } from '../../state/cluster/useClusterPage.ts';
import { AlterTopicDialog } from './AlterTopicDialog.tsx';
import { CreateTopicDialog } from './CreateTopicDialog.tsx';
import { DeleteGroupDialog } from './DeleteGroupDialog.tsx';
import { DeleteTopicDialog } from './DeleteTopicDialog.tsx';
import { ResetDialog } from './ResetDialog.tsx';

/** The change that is about to be made, if there is one. */
export function Changes({ page: { change, end } }: { page: ClusterPage }) {
  switch (change?.kind) {
    case undefined:
      return null;
    case 'createTopic':
      return <CreateTopicDialog onEnd={end} />;
    case 'alterTopic':
      return <AlterTopicDialog topic={change.topic} onEnd={end} />;
    case 'deleteTopic':
      return <DeleteTopicDialog topic={change.topic} onEnd={end} />;
    case 'reset':
      return <ResetDialog group={change.group} onEnd={end} />;
    case 'deleteGroup':
      return <DeleteGroupDialog group={change.group} onEnd={end} />;
  }
}
