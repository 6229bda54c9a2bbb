#!/usr/bin/env bash
# Fuzzes what decodes bytes of Kafka clients: requests, and record batches.
#
#     tools/suites/fuzz-kafka.sh SECONDS [request|batch …]
#
# Wants nightly Rust and cargo-fuzz (`rustup toolchain install nightly`, `cargo install cargo-fuzz`). The corpus lies
# outside this clone, in $GIROK_CACHE (default ~/.cache/girok), and begins with seeds made here. No single allocation
# may be larger than 16 MiB: inputs have at most 64 KiB, a batch may unpack to 1 MiB.
set -euo pipefail

seconds=${1:-600}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(request batch)
here=$(cd "$(dirname "$0")/../.." && pwd)
corpus=${GIROK_CACHE:-$HOME/.cache/girok}/fuzz-kafka
command -v cargo-fuzz >/dev/null || { echo "cargo-fuzz is missing: cargo install cargo-fuzz" >&2; exit 1; }

cd "$here/crates/wire"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}/fuzz
cargo +nightly run --quiet --manifest-path fuzz/Cargo.toml --example seeds -- "$corpus"
for target in "${targets[@]}"; do
  mkdir -p "$corpus/artifacts/$target"
  cargo +nightly fuzz run "$target" "$corpus/$target" -- -max_total_time="$seconds" -max_len=65536 \
    -malloc_limit_mb=16 -rss_limit_mb=1024 -artifact_prefix="$corpus/artifacts/$target/" -print_final_stats=1
done
