#!/usr/bin/env bash
# Does rsyslog's omkafka deliver every line?
#
#     bash tests/kafka/omkafka.sh 127.0.0.1:9092
#
# Wants rsyslogd with its module omkafka (Debian: rsyslog, rsyslog-kafka) and kcat; the rsyslogd of the system is left
# alone, this one has its own configuration, in a folder that is gone afterwards.
set -euo pipefail

server=${1:-127.0.0.1:9092}
lines=5000
for module in /usr/lib/*/rsyslog/omkafka.so /usr/lib/rsyslog/omkafka.so; do
  [ -e "$module" ] && break
done
if ! command -v rsyslogd kcat >/dev/null || [ ! -e "$module" ]; then
  echo "skipped omkafka: rsyslogd, its module omkafka, or kcat is not installed"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi

folder=$(mktemp -d)
topic=omkafka-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
seq -f "line %.0f of a shipper that nobody here wrote" "$lines" >"$folder/input"
cat >"$folder/rsyslog.conf" <<CONF
global(workDirectory="$folder")
module(load="imfile")
module(load="omkafka")
template(name="line" type="string" string="%msg%")
input(type="imfile" file="$folder/input" tag="test:" ruleset="out")
ruleset(name="out") {
  action(type="omkafka" broker="$server" topic="$topic" template="line" partitions.auto="on"
         confParam=["compression.codec=snappy", "socket.keepalive.enable=true"] resubmitOnFailure="on")
}
CONF
rsyslogd -n -i "$folder/pid" -f "$folder/rsyslog.conf" >"$folder/output" 2>&1 &
shipper=$!
trap 'kill "$shipper" 2>/dev/null || true; wait "$shipper" 2>/dev/null || true; rm -rf "$folder"' EXIT

got=0
for _ in $(seq 60); do
  # The topic may not be there yet.
  { timeout 10 kcat -b "$server" -C -t "$topic" -e -q 2>/dev/null || true; } | sort >"$folder/got"
  got=$(wc -l <"$folder/got")
  [ "$got" -ge "$lines" ] && break
  sleep 0.5
done
if sed 's/^ //' "$folder/got" | sort | cmp -s - <(sort "$folder/input"); then
  echo "ok omkafka: $lines lines"
  echo "1 passed, 0 failed, 0 skipped"
else
  echo "FAILED omkafka: $got of $lines lines came"
  cat "$folder/output"
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi
