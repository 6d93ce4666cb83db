#!/usr/bin/env bash
# Plays the request scripts of tests/conformance at Java Connect and at our workers; see tests/conformance/README.md.
#
#   conformance.sh [--stored] [SCRIPT ...]   --stored: compares with the stored answers and starts no Java Connect
#
#   UPDATE_GOLDEN=1                          stores Java's answers
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tests/scripts/prerequisites.sh build kafka
export KAFKA_JARS="$target/kafka"
"$kafka" fetch
"$kafka" fetch-connect
cargo build "${native[@]}" --lib --bins
tests/scripts/plugins.sh
step "Playing the scripts in standalone mode"
"$target/release/conformance" "$@"
step "Playing the scripts in distributed mode"
"$target/release/conformance" --distributed "$@"
