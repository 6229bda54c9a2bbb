#!/bin/bash
# with-kafka.sh COMMAND…: runs a command that needs Apache Kafka, with its address in GIROK_TEST_KAFKA, and that of its door
# with TLS and a login in GIROK_TEST_KAFKA_SECURE, whose root is the file GIROK_TEST_KAFKA_CA.
#
# One node is started in a folder of its own, on KAFKA_PORT (29192), and stopped afterwards, unless the variable names
# one that is there. Where Java or Maven is missing, nothing is run and that is said.
set -eu -o pipefail
tools=$(dirname "${BASH_SOURCE[0]}")
[ -z "${GIROK_TEST_KAFKA:-}" ] || exec "$@"

for needed in java mvn; do
  command -v "$needed" > /dev/null || {
    echo "SKIPPED, for there is no $needed here: $*"
    echo "hint: apt-get install openjdk-17-jre-headless maven"
    exit 0
  }
done

KAFKA_DATA=$(mktemp -d -t girok-kafka-XXXXXX)
export KAFKA_SECURE=1 KAFKA_DATA KAFKA_PORT="${KAFKA_PORT:-29192}" KAFKA_HEAP="${KAFKA_HEAP:-512m}"
trap 'bash "$tools/kafka.sh" stop 1; rm -rf "$KAFKA_DATA"' EXIT
bash "$tools/kafka.sh" start 1
export GIROK_TEST_KAFKA_SECURE=127.0.0.1:$((KAFKA_PORT + 2)) GIROK_TEST_KAFKA_CA=$KAFKA_DATA/tls/ca.pem
GIROK_TEST_KAFKA=$(bash "$tools/kafka.sh" bootstrap 1) "$@"
