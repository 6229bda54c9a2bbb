/** One function for each call about the log itself. */
import type {
  Cluster,
  Group,
  GroupDetails,
  MovedOffset,
  NewTopic,
  Reset,
  Throughput,
  Topic,
  TopicChange,
  TopicDetails,
} from './clusterTypes.ts';
import { get, send } from './http.ts';

const topicPath = (name: string) => `topics/${encodeURIComponent(name)}`;
const groupPath = (name: string) => `groups/${encodeURIComponent(name)}`;

export async function fetchCluster(signal: AbortSignal): Promise<Cluster> {
  return (await get('cluster', {}, signal)).json();
}

export async function fetchThroughput(signal: AbortSignal): Promise<Throughput> {
  return (await get('cluster/throughput', {}, signal)).json();
}

export async function fetchTopics(signal: AbortSignal): Promise<Topic[]> {
  return ((await (await get('topics', {}, signal)).json()) as { topics: Topic[] }).topics;
}

export async function fetchTopic(name: string, signal: AbortSignal): Promise<TopicDetails> {
  return (await get(topicPath(name), {}, signal)).json();
}

export async function createTopic(topic: NewTopic): Promise<void> {
  await send('POST', 'topics', topic);
}

export async function alterTopic(name: string, change: TopicChange): Promise<void> {
  await send('PATCH', topicPath(name), change);
}

export async function deleteTopic(name: string): Promise<void> {
  await send('DELETE', topicPath(name));
}

export async function fetchGroups(signal: AbortSignal): Promise<Group[]> {
  return ((await (await get('groups', {}, signal)).json()) as { groups: Group[] }).groups;
}

export async function fetchGroup(name: string, signal: AbortSignal): Promise<GroupDetails> {
  return (await get(groupPath(name), {}, signal)).json();
}

export async function resetOffsets(name: string, reset: Reset): Promise<MovedOffset[]> {
  const answer = (await (await send('POST', `${groupPath(name)}/offsets`, reset)).json()) as {
    offsets: MovedOffset[];
  };
  return answer.offsets;
}

export async function deleteGroup(name: string): Promise<void> {
  await send('DELETE', groupPath(name));
}
