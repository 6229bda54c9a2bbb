#!/usr/bin/env bash
# Does what franz-go's own tests expect of Kafka hold for girok?
#
#     tools/suites/franz-go.sh                            against girok, started here
#     BROKER=127.0.0.1:9092 tools/suites/franz-go.sh      against whatever runs there, for instance `make kafka`
#
# The tests of `pkg/kgo` hold producers, consumers, groups of both protocols, and transactions that read, change
# and write. They come from the Go module proxy and are built outside this clone, in $GIROK_CACHE (default
# ~/.cache/girok). RUN=TestTxnEtl runs only these, RECORDS sets the records a test sends (50000). Prints every test
# that failed or was skipped, and the counts; the whole output is kept beside the tests.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
cache=${GIROK_CACHE:-$HOME/.cache/girok}
version=v1.22.2
tests=$cache/franz-go-$version/kgo.test

command -v go >/dev/null || { echo "skipped franz-go: go is not installed"; exit 0; }

source=$(go mod download -json "github.com/twmb/franz-go@$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')

build() {
  [ -x "$tests" ] && return
  mkdir -p "$(dirname "$tests")"
  (cd "$source" && go test -c -o "$tests" ./pkg/kgo)
}

names() { sed -n "s/^--- $1: \([^ ]*\).*/\1/p" "$output" | sort; }

count() { names "$1" | wc -l; }

list() {
  local listed
  listed=$(names "$1" | paste -sd' ')
  [ -z "$listed" ] || echo "$2: $listed"
}

# shellcheck source=tools/suites/broker.sh
. "$here/tools/suites/broker.sh"

# Runs the tests that the arguments choose.
suite() {
  KGO_TEST_RF=1 KGO_SEEDS=$BROKER KGO_TEST_RECORDS=${RECORDS:-50000} KGO_LOG_LEVEL=${LOG_LEVEL:-none} \
    "$tests" -test.v -test.timeout 15m -test.run "${RUN:-.}" "$@" >>"$output" 2>&1 || status=$?
}

build
# Two tests want a port with a login; where girok is started here, they get one afterwards.
logins=()
[ -n "${BROKER:-}${RUN:-}" ] || [ "${TARGET:-girok}" != girok ] || logins=(-test.skip '^TestSCRAM')
start_broker "${TARGET:-girok}" num.partitions=4
trap stop_broker EXIT
output=$(dirname "$tests")/output-${BROKER##*:}.txt
: >"$output"
started=$SECONDS
status=0
# One of the tests reads the sources.
cd "$source/pkg/kgo"
suite "${logins[@]}"
if [ ${#logins[@]} -gt 0 ]; then
  stop_broker
  BROKER=
  start_broker girok sasl.mechanisms=SCRAM-SHA-256 sasl.users=ann:secret
  RUN='^TestSCRAM' KGO_TEST_SCRAM=ann:secret:256 KGO_TEST_SCRAM_SEEDS=$BROKER suite
fi
list FAIL failed
list SKIP skipped
echo "franz-go $version against $BROKER: $(count PASS) passed, $(count FAIL) failed, $(count SKIP) skipped" \
  "in $((SECONDS - started)) s; $output"
exit "$status"
