/** The cluster page as a person works it: what the log says now, what is open, what is about to be changed. */
import { useCallback, useMemo, useState } from 'react';
import {
  fetchCluster,
  fetchGroup,
  fetchGroups,
  fetchThroughput,
  fetchTopic,
  fetchTopics,
} from '../../api/cluster.ts';
import type { Group, GroupDetails, TopicDetails } from '../../api/clusterTypes.ts';
import { useClusterState } from './useClusterState.ts';
import { usePoll, useRounds } from './usePoll.ts';

/** As often as the server takes a sample. */
const INTERVAL_MS = 5_000;

/** A change that was begun and not yet confirmed. */
export type Change =
  | { kind: 'createTopic' }
  | { kind: 'alterTopic'; topic: TopicDetails }
  | { kind: 'deleteTopic'; topic: string }
  | { kind: 'reset'; group: GroupDetails }
  | { kind: 'deleteGroup'; group: string };

export type ClusterPage = ReturnType<typeof useClusterPage>;

export function useClusterPage() {
  const { state, update } = useClusterState();
  const [round, refresh] = useRounds(INTERVAL_MS, state.refresh);
  const [change, setChange] = useState<Change | null>(null);
  const askTopic = useMemo(() => asking(state.topic, fetchTopic), [state.topic]);
  const askGroup = useMemo(() => asking(state.group, fetchGroup), [state.group]);
  const cluster = usePoll(fetchCluster, round);
  const throughput = usePoll(fetchThroughput, round);
  const topics = usePoll(fetchTopics, round);
  const groups = usePoll(fetchGroups, round);
  const topic = usePoll(askTopic, round);
  const group = usePoll(askGroup, round);

  return {
    state,
    update,
    cluster,
    throughput: throughput.value,
    topics,
    groups,
    topic,
    group,
    refresh,
    ownGroups: useMemo(() => ownGroups(groups.value ?? []), [groups.value]),
    change,
    begin: setChange,
    /** After a change, or instead of it. */
    end: useCallback(
      (done: boolean, then: Parameters<typeof update>[0] = {}) => {
        setChange(null);
        if (Object.keys(then).length > 0) update(then);
        if (done) refresh();
      },
      [refresh, update],
    ),
    toggleTopic: (name: string) => update({ topic: state.topic === name ? '' : name }),
    toggleGroup: (name: string) => update({ group: state.group === name ? '' : name }),
  };
}

function asking<T>(name: string, ask: (name: string, signal: AbortSignal) => Promise<T>) {
  return name === '' ? null : (signal: AbortSignal) => ask(name, signal);
}

function ownGroups(groups: Group[]): Set<string> {
  return new Set(groups.filter(({ own }) => own).map(({ name }) => name));
}
