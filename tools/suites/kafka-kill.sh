#!/usr/bin/env bash
# Is every acknowledged record there, once, whenever the broker is killed?
#
#     tools/suites/kafka-kill.sh 200
#
# confluent-kafka is installed in $GIROK_CACHE (default ~/.cache/girok). KILL_SEED repeats a run.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
venv=${GIROK_CACHE:-$HOME/.cache/girok}/kafka-clients/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/tests/kafka/requirements.txt"
(cd "$here" && cargo build --quiet -p girok-broker --example serve)
exec "$venv/bin/python" "$here/tests/kafka/kill.py" "${1:-200}" \
  "${CARGO_TARGET_DIR:-$here/target}/debug/examples/serve" "127.0.0.1:${PORT:-9092}"
