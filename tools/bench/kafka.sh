#!/usr/bin/env bash
# girok's broker and Apache Kafka side by side; kafka.py says what is measured, and how.
#
#     tools/bench/kafka.sh                     everything, then the table
#     tools/bench/kafka.sh measure latency             one part
#     tools/bench/kafka.sh scale                       girok's throughput against partitions and consumers
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
export GIROK_CACHE=${GIROK_CACHE:-$HOME/.cache/girok}
venv=$GIROK_CACHE/kafka-clients/venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/tests/kafka/requirements.txt"
fi
"$here/tools/kafka/kafka.sh" jars
(cd "$here" && cargo build --quiet --release -p girok-broker -p girok-log --example serve --example latency)
bench() { "$venv/bin/python" "$here/tools/bench/kafka.py" "$@"; }
if [ $# -gt 0 ]; then
  bench "$@"
  exit
fi
bench measure start rdkafka java fsync latency
bench table
