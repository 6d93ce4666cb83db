#!/usr/bin/env bash
# Sets everything up and runs every test, stage by stage; at the end the minutes of each. See tests/README.md.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

times=()
began=$SECONDS

minutes() {
  printf '%d:%02d' $(($1 / 60)) $(($1 % 60))
}

# stage NAME COMMAND ...
stage() {
  local name=$1 started=$SECONDS
  shift
  step "$name"
  "$@" || { show_times; fail "stage failed: $name"; }
  times+=("$(minutes $((SECONDS - started)))  $name")
}

show_times() {
  step "Minutes of each stage"
  [ ${#times[@]} -eq 0 ] || printf '  %s\n' "${times[@]}"
  printf '  %s  in all\n' "$(minutes $((SECONDS - began)))"
}

apache_kafka() {
  "$kafka" fetch
  # Workers of Apache Kafka's, of this release and of an older one, that are in one cluster with ours.
  "$kafka" fetch-connect
  "$kafka" fetch-connect 3.9.1
}

integration_tests() {
  # Each test has a worker, and some a broker, beside the shared one: more at once would fight over two cores.
  cargo test "${native[@]}" --test integration -- --test-threads "${TEST_THREADS:-2}" "$@"
}

stage "Prerequisites" tests/scripts/prerequisites.sh build kafka python go node
stage "Formatting" cargo fmt --all --check
stage "Apache Kafka" apache_kafka
stage "REST client from Maven" tests/scripts/clients.sh fetch maven
stage "Build: worker and tests" cargo build "${native[@]}" --lib --bins
stage "Unit tests" cargo test "${native[@]}" --exclude wasm-connect-tests
stage "Unit tests: Python" tests/scripts/python.sh test
stage "Unit tests: Go" tests/scripts/go.sh test
stage "Unit tests: JavaScript" tests/scripts/javascript.sh test
stage "Unit tests: C" tests/scripts/c.sh test
stage "Build: plugins and test guests" tests/scripts/plugins.sh --tests
stage "Instruction counts" cargo test "${native[@]}" --test instructions -- --where-possible
stage "Integration tests" integration_tests "$@"
show_times
