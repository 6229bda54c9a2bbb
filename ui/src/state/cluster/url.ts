/** What is open on the cluster page, as it stands in the URL. */

export interface ClusterState {
  /** The topic whose partitions are shown; empty for none. */
  topic: string;
  /** The group whose members are shown; empty for none. */
  group: string;
  /** Whether the log's own topics are in the list. */
  internal: boolean;
  /** Whether the page asks anew by itself. */
  refresh: boolean;
}

export const DEFAULT_CLUSTER: ClusterState = { topic: '', group: '', internal: false, refresh: true };

export function parseCluster(search: string): ClusterState {
  const params = new URLSearchParams(search);
  return {
    topic: params.get('topic') ?? '',
    group: params.get('group') ?? '',
    internal: params.get('internal') === '1',
    refresh: params.get('refresh') !== '0',
  };
}

/** The query string for a state, with what is as by default left out. */
export function printCluster(state: ClusterState): string {
  const params = new URLSearchParams();
  if (state.topic !== '') params.set('topic', state.topic);
  if (state.group !== '') params.set('group', state.group);
  if (state.internal) params.set('internal', '1');
  if (!state.refresh) params.set('refresh', '0');
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
