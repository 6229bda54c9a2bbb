#!/usr/bin/env bash
# Does kcat get every line back, in each codec and with an idempotent producer?
#
#     bash tests/kafka/kcat.sh 127.0.0.1:9092
#
# With KAFKA_DATA, the broker's folder, it also looks whether what was stored is really compressed: librdkafka
# before 2.11 silently sends plain batches when it takes a codec for missing. A batch that a codec does not make smaller is
# sent plain too, so the lines wait for each other.
set -euo pipefail

server=${1:-127.0.0.1:9092}
run=$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
if ! command -v kcat >/dev/null; then
  echo "skipped kcat: it is not installed"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi

# The codec of a topic's first stored batch: the low bits of its attributes.
stored_codec() {
  local log
  for log in "$KAFKA_DATA/$1"-*/*.log; do
    if [ -s "$log" ]; then
      echo $(($(od -An -tu1 -j22 -N1 "$log") & 7))
      return
    fi
  done
}

passed=0
number=0
for codec in none gzip snappy lz4 zstd; do
  topic="kcat-$codec-$run"
  seq 1 1000 | timeout 30 kcat -b "$server" -P -t "$topic" -z "$codec" -X acks=all -X linger.ms=200
  got=$(timeout 30 kcat -b "$server" -C -t "$topic" -e -q | sort -n | md5sum)
  [ "$got" = "$(seq 1 1000 | md5sum)" ] || { echo "FAILED kcat $codec"; echo "$passed passed, 1 failed"; exit 1; }
  if [ -n "${KAFKA_DATA:-}" ] && [ "$(stored_codec "$topic")" != "$number" ]; then
    echo "FAILED kcat $codec: stored with codec $(stored_codec "$topic"), expected $number"
    exit 1
  fi
  passed=$((passed + 1))
  number=$((number + 1))
done
topic="kcat-idempotent-$run"
seq 1 100000 | timeout 60 kcat -b "$server" -P -t "$topic" -X enable.idempotence=true
got=$(timeout 60 kcat -b "$server" -C -t "$topic" -e -q | sort -n | md5sum)
[ "$got" = "$(seq 1 100000 | md5sum)" ] || { echo "FAILED kcat idempotent"; echo "$passed passed, 1 failed"; exit 1; }
echo "$((passed + 1)) passed, 0 failed"
