# Where are Kafka's jars and data, and is there a Java to run them? Sourced by the scripts beside it.

KAFKA_TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
KAFKA_HOME=${KAFKA_HOME:-${CARGO_TARGET_DIR:-$KAFKA_TOOLS/../../target}/kafka}
KAFKA_LIB=$KAFKA_HOME/lib

fail() {
  echo "kafka: $1" >&2
  [ -z "${2:-}" ] || echo "hint: $2" >&2
  exit 1
}

# Kafka 4 needs Java 17.
need_java() {
  local version
  command -v java > /dev/null || fail "cannot find java" "apt-get install openjdk-17-jre-headless"
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [ "${version:-0}" -ge 17 ] || fail "java is version $version, expected 17 or later" \
    "apt-get install openjdk-17-jre-headless"
}

# Brings the jars that pom.xml names, unless they are there.
need_jars() {
  cmp -s "$KAFKA_TOOLS/pom.xml" "$KAFKA_LIB/.pom.xml" && return
  command -v mvn > /dev/null || fail "cannot find mvn, which brings Kafka's jars" "apt-get install maven"
  echo "kafka: bringing the jars from Maven Central" >&2
  rm -rf "$KAFKA_LIB"
  mkdir -p "$KAFKA_LIB"
  mvn --quiet --batch-mode --file "$KAFKA_TOOLS/pom.xml" dependency:copy-dependencies \
    -DoutputDirectory="$KAFKA_LIB" >&2 || fail "mvn cannot bring the jars"
  cp "$KAFKA_TOOLS/pom.xml" "$KAFKA_LIB/.pom.xml"
}
