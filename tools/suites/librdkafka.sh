#!/usr/bin/env bash
# Does what librdkafka's own tests expect of Kafka hold for girok?
#
#     tools/suites/librdkafka.sh                      against girok, started here
#     TARGET=kafka tools/suites/librdkafka.sh         against Apache Kafka, as `make kafka` brings it
#     BROKER=127.0.0.1:9092 tools/suites/librdkafka.sh    against whatever runs there
#
# The sources are those inside the crate `rdkafka-sys`; they are built outside this clone, in $GIROK_CACHE (default
# ~/.cache/girok), and want a C++ compiler and headers (Debian: zlib1g-dev, libssl-dev, libzstd-dev, rapidjson-dev).
# TESTS=0001,0012 runs only these. TEST_SCENARIO=noautocreate runs those that want a broker that makes no topic by itself.
# Prints every test that failed or was skipped, and the counts; the whole output is kept beside the sources.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)
cache=${GIROK_CACHE:-$HOME/.cache/girok}
crate=rdkafka-sys
version=4.10.0
source="$cache/librdkafka-$version"
target=${TARGET:-girok}

fetch() {
  local project="$cache/fetch-librdkafka"
  mkdir -p "$project/src"
  : >"$project/src/lib.rs"
  printf '[package]\nname = "fetch"\nedition = "2024"\n[dependencies]\n%s = "=%s"\n[workspace]\n' "$crate" "$version" \
    >"$project/Cargo.toml"
  cargo fetch --quiet --manifest-path "$project/Cargo.toml"
  cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$crate-$version"+*/librdkafka "$source.new"
}

build() {
  [ -e "$source/built" ] && return
  rm -rf "$source" "$source.new"
  fetch
  cd "$source.new"
  chmod +x configure lds-gen.py tests/*.sh mklove/modules/*
  ./configure --disable-gssapi --disable-curl >build.out
  make -j"$(nproc)" libs >>build.out 2>&1 || { tail -20 build.out; exit 1; }
  make -C tests -j"$(nproc)" build >>build.out 2>&1 || { tail -20 build.out; exit 1; }
  make -C examples rdkafka_performance >>build.out 2>&1 || { tail -20 build.out; exit 1; }
  touch built
  cd "$here"
  mv "$source.new" "$source"
}

# shellcheck source=tools/suites/broker.sh
. "$here/tools/suites/broker.sh"

# A folder with Kafka's tools and jars, as the tests want it.
tools=$source/tools
set_tools() {
  local venv=$cache/kafka-clients/venv tool
  # shellcheck source=tools/kafka/env.sh
  . "$here/tools/kafka/env.sh"
  mkdir -p "$tools/bin"
  for tool in "$here"/tools/kafka/bin/*.sh; do
    printf '#!/bin/sh\nexec %s "$@"\n' "$tool" >"$tools/bin/$(basename "$tool")"
  done
  if command -v javac >/dev/null && (need_java && need_jars); then
    ln -sfn "$(cd "$KAFKA_LIB" && pwd)" "$tools/libs"
    printf '#!/bin/sh\nexec java -cp "$CLASSPATH:%s/*" "$@"\n' "$tools/libs" >"$tools/bin/kafka-run-class.sh"
  else
    echo "without Kafka's jars and javac the tests with Java producers fail: 0098"
  fi
  if [ "$target" = girok ]; then
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/tests/kafka/requirements.txt"
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$venv/bin/python" "$here/tools/suites/librdkafka/kafka_topics.py" \
      >"$tools/bin/kafka-topics.sh"
  fi
  chmod +x "$tools"/bin/*.sh
}

build
set_tools
case ${TEST_SCENARIO:=default} in
  noautocreate) makes_topics=false ;;
  *) makes_topics=true ;;
esac
export TEST_SCENARIO
start_broker "$target" num.partitions=4 accept.replication.factor=true "auto.create.topics.enable=$makes_topics"
trap stop_broker EXIT

cd "$source/tests"
printf 'metadata.broker.list=%s\nbroker.address.family=v4\n' "$BROKER" >test.conf
output="$source/suite-$target.out"
# Its own exit code says only that something failed; what failed is read from its table.
# A few of its tests call Kafka's own tools; against girok kafka-topics.sh is a stand-in, see there.
run() {
  KAFKA_PATH=$tools BROKERS=$BROKER TEST_KAFKA_VERSION=${TEST_KAFKA_VERSION:-4.1.0} ./run-test.sh -Q -p1 >>"$output" 2>&1 || true
}
: >"$output"
if [ -n "${TESTS:-}" ]; then
  run
else
  # A test that runs out of its time ends the whole run. 0119 does where rules that deny are not enforced: by itself then.
  TESTS_SKIP=${TESTS_SKIP:+$TESTS_SKIP,}0119 run
  TESTS=0119 run
fi

table=$(sed 's/\x1b\[[0-9;]*m//g' "$output" | grep -E '^ ?\|? *[0-9]{4}_' | grep -v 'in TESTS_SKIP list' | tr -d '|' | sort -u || true)
if [ -z "$table" ]; then
  tail -20 "$output"
  echo "the suite ended without a result; its output: $output" >&2
  exit 1
fi
for state in FAILED SKIPPED; do
  printf '%s\n' "$table" | grep -w "$state" || true
done
count() { printf '%s\n' "$table" | grep -cw "$1" || true; }
echo "librdkafka on $target: $(count PASSED) passed, $(count FAILED) failed, $(count SKIPPED) skipped ($output)"
[ "$(count FAILED)" = 0 ]
