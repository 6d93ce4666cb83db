#!/usr/bin/env bash
# Random records through Java's JsonConverter and ours, in both directions: equal bytes. JSON_RECORDS_SEED and JSON_RECORDS_COUNT say
# which and how many; UPDATE_GOLDEN=1 writes the file of the short form, which `make test` compares with.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seed=${JSON_RECORDS_SEED:-$RANDOM}
count=${JSON_RECORDS_COUNT:-20000}
tests/scripts/prerequisites.sh build kafka
export KAFKA_JARS="$target/kafka"
"$kafka" fetch-connect
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

java_records() {
  java -cp "$KAFKA_JARS/connect-libs/*" tests/golden/JsonRecords.java "$@" 2>"$work/log" || { cat "$work/log" >&2; return 1; }
}

if [ -n "${UPDATE_GOLDEN:-}" ]; then
  java_records write 1 300 >host/src/converter/tests/json_records.txt
fi
step "$count records that Java writes, seed $seed"
java_records write "$seed" "$count" >"$work/java.txt"
JSON_RECORDS=$work/java.txt JSON_RECORDS_OUT=$work/ours.txt \
  cargo test "${native[@]}" --exclude wasm-connect-tests --lib json_records
step "Records that ours writes"
java_records check "$work/ours.txt"
