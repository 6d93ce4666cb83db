#!/usr/bin/env bash
# What work costs in Java Connect, in our worker and in librdkafka alone; see tests/bench/README.md.
#
#   bench.sh [--short] [WORD ...]   WORD: a part of the names of rows, or startup, idle, latency, languages
#
# All of it (with --renew too) writes tests/bench/results.md, a part of it or a short run target/bench.md.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tests/scripts/prerequisites.sh build kafka
export KAFKA_JARS="$target/kafka"
# The node as its own scripts start it: with all of the JIT, so that it is not what is measured.
export KAFKA_HEAP=1g KAFKA_JVM="-XX:+UseG1GC"
"$kafka" fetch
"$kafka" fetch-connect
cargo build "${native[@]}" --lib --bins
cargo build "${native[@]}" --example sandbox_costs
tests/scripts/plugins.sh --bench
out=tests/bench/results.md
[ "${*:---renew}" = --renew ] || out=$target/bench.md
step "Measuring; nothing else should run on this machine"
"$target/release/bench" --out "$out" "$@"
say
say "written: $out"
