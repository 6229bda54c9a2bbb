#!/bin/bash
# Starts and stops Apache Kafka for tests: one node or three, on the loopback address.
#
#   kafka.sh start [NODES]   bring the jars, start what does not run of NODES (1 or 3), wait until it answers
#   kafka.sh stop            stop all nodes in good order
#   kafka.sh status          which nodes run; fails if none does
#   kafka.sh bootstrap       the addresses, for bootstrap.servers
#   kafka.sh jars            bring the jars, start nothing
#
# KAFKA_PORT   port of the first node (29092); the others are 10 apart, controllers are 1 above
# KAFKA_DATA   folder of the nodes ($KAFKA_HOME/data-NODES)
# KAFKA_HOME   folder of the jars (target/kafka)
# KAFKA_HEAP   memory of a node (1g alone, 512m of three)
# KAFKA_SECURE if set, each node has one more door, two above its port, with TLS and a login: see secure.sh
# KAFKA_EXTRA  file with more lines for server.properties
#
# A node lies in $KAFKA_DATA/node-N: server.properties, pid, out.log, log/. `kill -9 $(cat …/node-2/pid)` and
# another `start` is what a crash looks like.
set -eu -o pipefail
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
. "$KAFKA_TOOLS/secure.sh"

command=${1:-}
nodes=${2:-${KAFKA_NODES:-1}}
case $nodes in 1 | 3) ;; *) fail "got $nodes nodes, expected 1 or 3" ;; esac
base=${KAFKA_PORT:-29092}
data=${KAFKA_DATA:-$KAFKA_HOME/data-$nodes}
mkdir -p "$data"
data=$(cd "$data" && pwd)

port() { echo $((base + ($1 - 1) * 10)); }
controller() { echo $(($(port "$1") + 1)); }
dir() { echo "$data/node-$1"; }

# Whether node $1 is alive: its pid is that of a java that was started from its folder.
runs() {
  local pid
  pid=$(cat "$(dir "$1")/pid" 2> /dev/null) || return 1
  tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null | grep -qF "$(dir "$1")/server.properties"
}

bootstrap() {
  for node in $(seq "$nodes"); do echo "127.0.0.1:$(port "$node")"; done | paste -sd,
}

# The settings of node $1. The authorizer lets everybody do everything: it is there so that ACLs can be listed.
properties() {
  local voters min_isr=1
  voters=$(for node in $(seq "$nodes"); do echo "$node@127.0.0.1:$(controller "$node")"; done | paste -sd,)
  [ "$nodes" = 1 ] || min_isr=2
  cat << END
process.roles=broker,controller
node.id=$1
controller.quorum.voters=$voters
listeners=PLAINTEXT://127.0.0.1:$(port "$1"),CONTROLLER://127.0.0.1:$(controller "$1")
advertised.listeners=PLAINTEXT://127.0.0.1:$(port "$1")
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$(dir "$1")/log
num.partitions=4
default.replication.factor=$nodes
min.insync.replicas=$min_isr
offsets.topic.replication.factor=$nodes
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$nodes
transaction.state.log.min.isr=$min_isr
share.coordinator.state.topic.replication.factor=$nodes
share.coordinator.state.topic.min.isr=$min_isr
group.initial.rebalance.delay.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
END
  [ -z "${KAFKA_SECURE:-}" ] || secure_properties "$1"
  [ -z "${KAFKA_EXTRA:-}" ] || cat "$KAFKA_EXTRA"
}

format() {
  local node_dir users=()
  node_dir=$(dir "$1")
  mkdir -p "$node_dir"
  [ -z "${KAFKA_SECURE:-}" ] || mapfile -t users < <(secure_users)
  properties "$1" > "$node_dir/server.properties"
  [ -e "$node_dir/log/meta.properties" ] && return
  if [ ! -s "$data/cluster.id" ]; then
    echo "g$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c 1-20)A" > "$data/cluster.id"
  fi
  java -Xmx256m -Dlog4j2.configurationFile="$KAFKA_TOOLS/log4j2-tools.properties" -cp "$KAFKA_LIB/*" \
    kafka.tools.StorageTool format --cluster-id "$(cat "$data/cluster.id")" \
    --config "$node_dir/server.properties" "${users[@]}" > "$node_dir/out.log" 2>&1 ||
    fail "cannot format node $1: $(tail -3 "$node_dir/out.log")"
}

launch() {
  local node_dir heap=1g
  node_dir=$(dir "$1")
  [ "$nodes" = 1 ] || heap=512m
  # A session of its own: the node outlives the shell, and make.
  setsid java -Xms256m "-Xmx${KAFKA_HEAP:-$heap}" -XX:+UseG1GC \
    -Dlog4j2.configurationFile="$KAFKA_TOOLS/log4j2.properties" -cp "$KAFKA_LIB/*" \
    kafka.Kafka "$node_dir/server.properties" > "$node_dir/out.log" 2>&1 < /dev/null &
  echo $! > "$node_dir/pid"
}

# Waits until node $1 says that it has started.
await() {
  local log
  log=$(dir "$1")/out.log
  for _ in $(seq 600); do
    grep -q "Kafka Server started" "$log" && return
    runs "$1" || kill -0 "$(cat "$(dir "$1")/pid")" 2> /dev/null ||
      fail "node $1 ended: $(grep -E 'ERROR|Exception' "$log" | head -5)" "all of it is in $log"
    sleep 0.1
  done
  fail "node $1 did not start within 60 s" "see $log"
}

start() {
  local node started=""
  need_java
  need_jars
  for node in $(seq "$nodes"); do
    runs "$node" && continue
    format "$node"
    launch "$node"
    started="$started $node"
  done
  for node in $started; do await "$node"; done
  echo "Apache Kafka $(basename "$KAFKA_LIB"/kafka-clients-*.jar .jar | sed 's/.*-//') answers on $(bootstrap)"
}

stop() {
  local node pid pids=""
  for node in 1 2 3; do
    runs "$node" && pids="$pids $(cat "$(dir "$node")/pid")"
  done
  [ -n "$pids" ] || { echo "no node runs from $data"; return; }
  # At once: a node that waits for the others to take over its partitions would wait for ever.
  kill $pids
  for _ in $(seq 300); do
    for pid in $pids; do
      kill -0 "$pid" 2> /dev/null && { sleep 0.1; continue 2; }
    done
    rm -f "$data"/node-*/pid
    echo "stopped"
    return
  done
  echo "kafka: did not stop within 30 s, killed" >&2
  kill -9 $pids
}

status() {
  local node any=1
  for node in 1 2 3; do
    if runs "$node"; then
      echo "node $node runs on 127.0.0.1:$(port "$node"), pid $(cat "$(dir "$node")/pid")"
      any=0
    fi
  done
  return $any
}

case $command in
  start | stop | status | bootstrap) "$command" ;;
  jars) need_java && need_jars ;;
  *)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
    exit 2
    ;;
esac
