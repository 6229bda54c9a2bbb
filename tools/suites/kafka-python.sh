#!/usr/bin/env bash
# Does what kafka-python's own tests expect of Kafka hold for girok?
#
#     tools/suites/kafka-python.sh                              against girok, started here
#     TARGET=kafka tools/suites/kafka-python.sh                 against Apache Kafka, started here
#     BROKER=127.0.0.1:9092 tools/suites/kafka-python.sh        against what runs there
#
# The integration tests of producer, consumer and admin client lie in the source distribution on PyPI; they are set
# up in $GIROK_CACHE (default ~/.cache/girok). TESTS=test_create_topics runs only those whose name fits. Prints the
# verdict on every test, and the counts.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
cache=${GIROK_CACHE:-$HOME/.cache/girok}/kafka-python
version=3.0.12
source=$cache/kafka_python-$version
target=${TARGET:-girok}

setup() {
  command -v python3 >/dev/null || { echo "skipped kafka-python: python3 is not installed"; exit 0; }
  mkdir -p "$cache"
  [ -x "$cache/venv/bin/python" ] || python3 -m venv "$cache/venv"
  local pip=("$cache/venv/bin/pip" --quiet --disable-pip-version-check)
  if [ ! -e "$source/.ready" ]; then
    "${pip[@]}" download --no-binary :all: --no-deps --dest "$cache" "kafka-python==$version"
    tar -xzf "$source.tar.gz" -C "$cache"
    "${pip[@]}" install pytest pytest-timeout pytest-mock crc32c lz4 python-snappy zstandard "$source"
    # Without it the tests do not import one another, and the tests' own starter of brokers is not in the archive.
    touch "$source/test/__init__.py"
    mkdir -p "$source/servers/4.3.0/kafka-bin"
    touch "$source/.ready"
  fi
  cp "$here/tools/suites/kafka-python/service.py" "$source/test/service.py"
}

# shellcheck source=tools/suites/broker.sh
. "$here/tools/suites/broker.sh"

setup
if [ "$target" = kafka ] && [ -z "${BROKER:-}" ]; then
  export KAFKA_PORT=${PORT:-29092}
  KAFKA_DATA=$(mktemp -d)
  export KAFKA_DATA
  trap '"$here/tools/kafka/kafka.sh" stop; rm -rf "$KAFKA_DATA"' EXIT
  bash "$here/tools/kafka/kafka.sh" start
  BROKER=127.0.0.1:$KAFKA_PORT
else
  trap stop_broker EXIT
  start_broker "$target" num.partitions=4
fi

output=$cache/output-$target.txt
cd "$source"
started=$SECONDS
KAFKA_VERSION=4.3.0 KAFKA_URI=kafka://$BROKER "$cache/venv/bin/python" -m pytest \
  -p no:logging -p no:cacheprovider --show-capture=no --timeout "${TIMEOUT:-60}" --timeout-method=signal -v --tb=short \
  ${TESTS:+-k "$TESTS"} test/integration/test_{producer,consumer,admin}_integration.py >"$output" 2>&1 || true

sed -n 's/^test\/integration\/\(test_[^ ]*\) \(PASSED\|FAILED\|ERROR\|SKIPPED\).*/\2 \1/p' "$output" | sort
count() { grep -cE "^test/integration/.* $1( |$)" "$output" || true; }
failed=$(($(count FAILED) + $(count ERROR)))
echo "kafka-python $version on $target: $(count PASSED) passed, $failed failed, $(count SKIPPED) skipped" \
  "in $((SECONDS - started)) s ($output)"
[ "$(count PASSED)" -gt 0 ] && [ "$failed" = 0 ]
