#!/usr/bin/env bash
# Do clients that people have get along with the broker?
#
#     tools/suites/kafka-clients.sh                   against girok, started here
#     BROKER=127.0.0.1:9092 tools/suites/kafka-clients.sh
#
# kafka-python, confluent-kafka, aiokafka and kafkajs are installed in $GIROK_CACHE (default ~/.cache/girok), kcat and
# rsyslog's omkafka with apt-get if this runs as root; what is missing is named and skipped.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
cache=${GIROK_CACHE:-$HOME/.cache/girok}/kafka-clients
clients="$here/tests/kafka"

install_python() {
  [ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
  "$cache/venv/bin/pip" install --quiet --disable-pip-version-check -r "$clients/requirements.txt"
}

install_node() {
  command -v npm >/dev/null || return 0
  cp "$clients/package.json" "$cache/package.json"
  npm --prefix "$cache" install --silent --no-audit --no-fund
}

install_debian() {
  command -v kcat >/dev/null && ls /usr/lib/*/rsyslog/omkafka.so >/dev/null 2>&1 && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends kcat rsyslog rsyslog-kafka >/dev/null ||
      echo "cannot install kcat and rsyslog-kafka with apt-get"
  fi
}

# shellcheck source=tools/suites/broker.sh
. "$here/tools/suites/broker.sh"

mkdir -p "$cache"
install_python
install_node
install_debian
start_broker girok num.partitions=4
trap stop_broker EXIT

failed=0
run() { echo "== $1" && shift && "$@" || failed=1; }
run "Python clients" "$cache/venv/bin/python" "$clients/python_clients.py" "$BROKER"
if command -v node >/dev/null; then
  KAFKA_NODE_MODULES="$cache/package.json" run kafkajs node "$clients/kafkajs.mjs" "$BROKER"
else
  echo "skipped kafkajs: node is not installed"
fi
KAFKA_DATA="${broker_data:-}" run kcat bash "$clients/kcat.sh" "$BROKER"
run omkafka bash "$clients/omkafka.sh" "$BROKER"
run security env SERVE="${broker_program:-}" "$cache/venv/bin/python" "$clients/security.py"
exit "$failed"
