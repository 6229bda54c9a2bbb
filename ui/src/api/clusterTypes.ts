/** The JSON shapes of the log for operators: brokers, topics, groups, throughput. */

/** By the second; null where the log does not count it. */
export interface Rates {
  records_in_per_second: number;
  bytes_in_per_second: number | null;
  records_out_per_second: number;
  bytes_out_per_second: number | null;
}

export interface Broker {
  id: number;
  host: string | null;
  port: number | null;
  /** Partitions that it leads, is to hold, and holds in step. */
  leads: number;
  replicas: number;
  in_sync: number;
}

export interface Cluster {
  log: 'embedded' | 'kafka';
  cluster_id: string | null;
  controller: number | null;
  brokers: Broker[];
  topic_count: number;
  partition_count: number;
  under_replicated: number;
  leaderless: number;
  group_count: number;
  size_bytes: number | null;
  throughput: Rates;
}

export interface Topic {
  name: string;
  id: string | null;
  internal: boolean;
  partition_count: number;
  replication: number;
  records: number;
  size_bytes: number | null;
  under_replicated: number;
  leaderless: number;
  throughput: Rates;
}

export interface TopicPartition {
  partition: number;
  leader: number | null;
  replicas: number[];
  isr: number[];
  start: number;
  end: number;
  size_bytes: number | null;
  failure: string | null;
}

export interface Setting {
  name: string;
  value: string | null;
  default: boolean;
}

export interface TopicDetails extends Topic {
  partitions: TopicPartition[];
  settings: Setting[];
}

export interface Group {
  name: string;
  state: string;
  protocol: string;
  /** girok's own: what it has committed is published in parts. */
  own: boolean;
  member_count: number;
  topics: string[];
  lag_records: number;
  lag_seconds: number;
  /** The lag is at its highest and was never caught up within the last minute. */
  growing: boolean;
  /** Of girok's own group: records that cannot be found yet. */
  unread_records?: number;
}

export interface Member {
  id: string;
  instance_id: string | null;
  client_id: string;
  host: string;
  assigned: { topic: string; partition: number }[];
}

export interface GroupPartition {
  topic: string;
  partition: number;
  member: string | null;
  committed: number | null;
  start: number;
  end: number;
  lag_records: number;
  lag_seconds: number;
  growing: boolean;
  unread_records?: number;
}

export interface GroupDetails extends Group {
  members: Member[];
  partitions: GroupPartition[];
}

/** One number for each time; null where there was nothing to count. */
export type Numbers = (number | null)[];

export type Measure = keyof Rates;

export type TopicSeries = { name: string } & Record<Measure, Numbers>;

export interface Throughput {
  interval_ms: number;
  times: string[];
  topics: TopicSeries[];
  groups: { name: string; lag_records: Numbers }[];
}

export interface NewTopic {
  name: string;
  partitions?: number;
  replication?: number;
  settings: Record<string, string>;
}

export interface TopicChange {
  partitions?: number;
  /** A setting without a value follows the log's default again. */
  settings: Record<string, string | null>;
}

export type ResetTarget = 'earliest' | 'latest' | { offset: number } | { time: string };

export interface Reset {
  to: ResetTarget;
  topics: string[];
  dry_run: boolean;
}

export interface MovedOffset {
  topic: string;
  partition: number;
  before: number | null;
  after: number;
}
