# To be read by the suites: starts the broker under test, and stops it.
#
#     start_broker girok [key=value …]    girok's broker alone, with these settings; sets BROKER
#     start_broker kafka                  Apache Kafka, which is left running (`make kafka-stop` ends it)
#     stop_broker
#
# With BROKER set nothing is started: whatever listens there is tested.

broker_pid=

start_broker() {
  local kind=$1
  shift
  if [ -n "${BROKER:-}" ]; then
    echo "testing what listens on $BROKER"
  elif [ "$kind" = girok ]; then
    start_girok "$@"
  elif [ "$kind" = kafka ]; then
    export KAFKA_PORT=${KAFKA_PORT:-29092}
    "$here/tools/kafka/kafka.sh" start 1
    BROKER=127.0.0.1:$KAFKA_PORT
  else
    echo "TARGET must be girok or kafka, not $kind" >&2
    return 1
  fi
}

start_girok() {
  BROKER=127.0.0.1:${PORT:-9092}
  broker_data=$(mktemp -d)
  local profile=${PROFILE:-dev}
  (cd "$here" && cargo build --quiet --profile "$profile" -p girok-broker --example serve)
  local folder=${CARGO_TARGET_DIR:-$here/target}/${profile/dev/debug}
  broker_program=$folder/examples/serve
  "$broker_program" "$BROKER" "$broker_data" "$@" >"$broker_data/output" 2>&1 &
  broker_pid=$!
  for _ in $(seq 100); do
    (: <"/dev/tcp/${BROKER%:*}/${BROKER##*:}") 2>/dev/null && return
    kill -0 "$broker_pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$broker_data/output" >&2
  return 1
}

stop_broker() {
  if [ -n "$broker_pid" ]; then
    kill -INT "$broker_pid" 2>/dev/null || true
    wait "$broker_pid" 2>/dev/null || true
    rm -rf "$broker_data"
    broker_pid=
  fi
}
