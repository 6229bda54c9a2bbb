#!/usr/bin/env bash
# Do Kafka's own command line tools do with girok what they do with Kafka?
#
#     tools/suites/kafka-tools.sh                              against girok, started here
#     TARGET=kafka tools/suites/kafka-tools.sh                 against Apache Kafka, started here
#     BROKER=127.0.0.1:9092 tools/suites/kafka-tools.sh        against what runs there
#
# Topics, settings, rules, groups, records and files are made, changed, looked at and removed by the tools, and what they
# say is compared with what must be so. Files are looked into only if the broker was started here. Needs Java and Maven
# (see tools/kafka).
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
target=${TARGET:-girok}
# shellcheck source=tools/suites/broker.sh
. "$here/tools/suites/broker.sh"
work=$(mktemp -d)
files=

start() {
  if [ "$target" = kafka ] && [ -z "${BROKER:-}" ]; then
    export KAFKA_PORT=${PORT:-29092} KAFKA_DATA=$work/kafka
    bash "$here/tools/kafka/kafka.sh" start
    BROKER=127.0.0.1:$KAFKA_PORT
    files=$KAFKA_DATA/node-1/log
  else
    start_broker "$target" num.partitions=4
    files=${broker_data:-}
  fi
}

stop() {
  stop_broker
  [ "$target" != kafka ] || [ -z "${KAFKA_DATA:-}" ] || bash "$here/tools/kafka/kafka.sh" stop >/dev/null
  rm -rf "$work"
}

passed=0
failed=0

# run NAME ARGUMENT…: the output of one of Kafka's tools.
run() {
  local name=$1
  shift
  "$here/tools/kafka/bin/$name.sh" "$@" 2>&1 || true
}

run_class() { "$here/tools/kafka/bin/tool" "$@" 2>&1 || true; }

# says WHAT PATTERN TEXT: whether a line of the text fits.
says() {
  if grep -qE -- "$2" <<<"$3"; then
    echo "ok     $1"
    passed=$((passed + 1))
  else
    echo "FAILED $1: expected /$2/, got:"
    head -20 <<<"$3" | sed 's/^/       /'
    failed=$((failed + 1))
  fi
}

# lacks WHAT PATTERN TEXT: whether no line does.
lacks() {
  if grep -qE -- "$2" <<<"$3"; then
    echo "FAILED $1: expected no /$2/, got:"
    head -20 <<<"$3" | sed 's/^/       /'
    failed=$((failed + 1))
  else
    echo "ok     $1"
    passed=$((passed + 1))
  fi
}

topics() { run kafka-topics --bootstrap-server "$BROKER" "$@"; }
configs() { run kafka-configs --bootstrap-server "$BROKER" "$@"; }
groups() { run kafka-consumer-groups --bootstrap-server "$BROKER" "$@"; }
acls() { run kafka-acls --bootstrap-server "$BROKER" "$@"; }

try_topics() {
  local out
  out=$(topics --create --topic tools --partitions 3 --replication-factor 1 --config segment.bytes=1048576)
  says "kafka-topics --create" "Created topic tools" "$out"
  out=$(topics --create --topic tools --partitions 3 --replication-factor 1)
  says "kafka-topics --create, again" "TopicExistsException" "$out"
  out=$(topics --create --topic many --partitions 1 --replication-factor 3)
  says "kafka-topics --create with three replicas" "InvalidReplicationFactorException" "$out"
  out=$(topics --describe --topic tools)
  says "kafka-topics --describe" "Topic: tools.*PartitionCount: 3.*ReplicationFactor: 1.*segment.bytes=1048576" "$out"
  says "kafka-topics --describe: leader and replicas" "Partition: 2.*Leader: 1.*Replicas: 1.*Isr: 1" "$out"
  topics --alter --topic tools --partitions 4 >/dev/null
  says "kafka-topics --alter --partitions" "PartitionCount: 4" "$(topics --describe --topic tools)"
  says "kafka-topics --alter to fewer" "InvalidPartitionsException" "$(topics --alter --topic tools --partitions 2)"
  says "kafka-topics --list" "^tools$" "$(topics --list)"
}

try_configs() {
  local out
  configs --entity-type topics --entity-name tools --alter \
    --add-config 'retention.ms=7654321,max.message.bytes=2000000' >/dev/null
  out=$(configs --entity-type topics --entity-name tools --describe)
  says "kafka-configs --add-config" "retention.ms=7654321 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention.ms=7654321" "$out"
  says "kafka-configs keeps what was set" "segment.bytes=1048576" "$out"
  configs --entity-type topics --entity-name tools --alter --delete-config retention.ms >/dev/null
  out=$(configs --entity-type topics --entity-name tools --describe)
  lacks "kafka-configs --delete-config" "retention.ms" "$out"
  out=$(configs --entity-type topics --entity-name tools --describe --all)
  says "kafka-configs --describe --all" "cleanup.policy=delete sensitive=false synonyms=\{DEFAULT_CONFIG:log.cleanup.policy=delete" "$out"
  out=$(configs --entity-type topics --entity-name tools --alter --add-config retention.ms=soon)
  says "kafka-configs refuses nonsense" "InvalidConfigurationException|InvalidConfigException" "$out"
  out=$(configs --entity-type brokers --entity-name 1 --describe --all)
  says "kafka-configs for the broker" "node.id=1" "$out"
}

try_performance() {
  local out
  out=$(run kafka-producer-perf-test --topic tools --num-records 20000 --record-size 200 --throughput -1 \
    --producer-props "bootstrap.servers=$BROKER" acks=all compression.type=lz4)
  says "ProducerPerformance" "^20000 records sent" "$out"
  out=$(run kafka-consumer-perf-test --bootstrap-server "$BROKER" --topic tools --num-records 20000 --timeout 20000)
  says "ConsumerPerformance" "^[-0-9: ]+, [-0-9: ]+, [0-9.]+, [0-9.]+, 20[0-9]{3}," "$out"
  out=$(run kafka-e2e-latency --bootstrap-server "$BROKER" --topic tools --num-records 200 \
    --producer-acks all --record-size 100)
  says "EndToEndLatency" "Avg latency" "$out"
}

try_verifiable() {
  local out
  topics --create --topic verified --partitions 1 >/dev/null
  out=$(run kafka-verifiable-producer --bootstrap-server "$BROKER" --topic verified --max-messages 1000 --acks -1)
  says "VerifiableProducer" '"name":"tool_data".*"acked":1000|"acked":1000' "$out"
  lacks "VerifiableProducer: no failure" 'producer_send_error' "$out"
  out=$(run kafka-verifiable-consumer --bootstrap-server "$BROKER" --topic verified --group-id verifiers \
    --max-messages 1000 --reset-policy earliest)
  says "VerifiableConsumer: its partitions" '"name":"partitions_assigned"' "$out"
  says "VerifiableConsumer: its commits" '"name":"offsets_committed".*"success":true' "$out"
  local sum
  sum=$(sed -n 's/.*"name":"records_consumed".*"count":\([0-9]*\).*/\1/p;s/.*"count":\([0-9]*\).*"name":"records_consumed".*/\1/p' <<<"$out" |
    paste -sd+ | bc)
  says "VerifiableConsumer: all records" "^1000$" "${sum:-0}"
}

try_groups() {
  local out
  says "kafka-consumer-groups --list" "^verifiers$" "$(groups --list)"
  out=$(groups --describe --group verifiers)
  says "kafka-consumer-groups --describe: no lag" "verifiers +verified +[0-9]+ +([0-9]+) +\1 +0 " "$out"
  says "kafka-consumer-groups --state" "verifiers.*Empty" "$(groups --describe --group verifiers --state)"
  out=$(groups --group verifiers --topic verified --reset-offsets --to-earliest --execute)
  says "kafka-consumer-groups --reset-offsets" "verifiers +verified +[0-9]+ +0" "$out"
  says "kafka-consumer-groups: the lag afterwards" "verifiers +verified +[0-9]+ +0 +([1-9][0-9]*) +\1 " \
    "$(groups --describe --group verifiers)"
  out=$(groups --group verifiers --topic verified --delete-offsets)
  says "kafka-consumer-groups --delete-offsets" "verified +[0-9]+ +Successful" "$out"
  out=$(groups --group verifiers --delete)
  says "kafka-consumer-groups --delete" "successful|GroupIdNotFoundException" "$out"
  lacks "kafka-consumer-groups: gone" "^verifiers$" "$(groups --list)"
}

try_records() {
  local out
  echo '{"version":1,"partitions":[{"topic":"verified","partition":0,"offset":5}]}' >"$work/offsets.json"
  out=$(run kafka-delete-records --bootstrap-server "$BROKER" --offset-json-file "$work/offsets.json")
  says "kafka-delete-records" "partition: verified-0.*low_watermark: 5" "$out"
  out=$(run_class org.apache.kafka.tools.GetOffsetShell --bootstrap-server "$BROKER" --topic-partitions verified:0 --time earliest)
  says "kafka-get-offsets" "^verified:0:5$" "$out"
  out=$(run kafka-log-dirs --bootstrap-server "$BROKER" --describe --topic-list tools)
  says "kafka-log-dirs" '"partition":"tools-0","size":[1-9]' "$out"
}

try_acls() {
  local out
  out=$(acls --add --allow-principal User:alice --operation Read --topic tools)
  says "kafka-acls --add" "principal=User:alice, host=\*, operation=READ, permissionType=ALLOW" "$out"
  says "kafka-acls --list" "User:alice" "$(acls --list --topic tools)"
  acls --remove --force --allow-principal User:alice --operation Read --topic tools >/dev/null
  lacks "kafka-acls --remove" "User:alice" "$(acls --list --topic tools)"
}

try_cluster() {
  local out
  out=$(run_class org.apache.kafka.tools.ClusterTool cluster-id --bootstrap-server "$BROKER")
  says "kafka-cluster cluster-id" "Cluster ID: [^ ]+" "$out"
  out=$(run_class org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-server "$BROKER" describe --status)
  says "kafka-metadata-quorum" "LeaderId: +1" "$out"
  out=$(run kafka-leader-election --bootstrap-server "$BROKER" --election-type preferred --topic tools --partition 0)
  says "kafka-leader-election" "Valid replica already elected for partitions tools-0" "$out"
  echo '{"version":1,"partitions":[{"topic":"tools","partition":0,"replicas":[1]}]}' >"$work/move.json"
  out=$(run kafka-reassign-partitions --bootstrap-server "$BROKER" --reassignment-json-file "$work/move.json" --execute)
  says "kafka-reassign-partitions --execute" "Successfully started partition reassignment for tools-0" "$out"
  out=$(run kafka-reassign-partitions --bootstrap-server "$BROKER" --reassignment-json-file "$work/move.json" --verify)
  says "kafka-reassign-partitions --verify" "Reassignment of partition tools-0 is completed" "$out"
  says "kafka-broker-api-versions" "CreateTopics\(19\): 2 to 7" \
    "$(run_class org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "$BROKER")"
}

# What lies on the disk, after the broker has stopped in good order.
try_files() {
  if [ -z "$files" ]; then
    echo "skipped DumpLogSegments: the broker was not started here"
    return
  fi
  local out dir=$files/tools-0 count
  if [ "$target" = kafka ]; then bash "$here/tools/kafka/kafka.sh" stop >/dev/null; else stop_girok_keep_data; fi
  out=$(run kafka-dump-log --deep-iteration --print-data-log --files "$dir/00000000000000000000.log")
  says "DumpLogSegments: batches" "baseOffset: 0 lastOffset: [0-9]+ count: [0-9]+ .*compresscodec: lz4.*isvalid: true" "$out"
  lacks "DumpLogSegments: nothing is damaged" "isvalid: false|invalid bytes" "$out"
  count=$(grep -cE "^\| offset: " <<<"$out" || true)
  says "DumpLogSegments: records" "^[1-9][0-9]{3,}$" "$count"
  out=$(run kafka-dump-log --index-sanity-check --files "$dir/00000000000000000000.index")
  says "DumpLogSegments: index" "passed sanity check" "$out"
  out=$(run kafka-dump-log --files "$dir/00000000000000000000.timeindex,$dir/00000000000000000000.index")
  lacks "DumpLogSegments: indexes lead to their batches" "Found timestamp mismatch|Found out of order|mismatch" "$out"
  out=$(run kafka-dump-log --files "$(ls "$dir"/*.snapshot | tail -1)")
  says "DumpLogSegments: producers" "producerId: [0-9]+ producerEpoch: [0-9]+" "$out"
  local offsets
  offsets=$(for log in "$files"/__consumer_offsets-*/*.log; do
    run kafka-dump-log --offsets-decoder --files "$log" | grep -o '"group":"verifiers"[^}]*' || true
  done)
  says "DumpLogSegments: committed offsets" '"group":"verifiers"' "$offsets"
}

# Stops the broker, but leaves its files.
stop_girok_keep_data() {
  kill -INT "$broker_pid"
  wait "$broker_pid" || true
}

trap stop EXIT
start
started=$SECONDS
try_topics
try_configs
try_performance
try_verifiable
try_groups
try_records
try_acls
try_cluster
try_files
echo "Kafka's tools on $target: $passed passed, $failed failed in $((SECONDS - started)) s"
[ "$failed" = 0 ]
