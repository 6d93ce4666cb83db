#!/usr/bin/env bash
# What an instance, a call and a batch cost in the sandbox; needs the worker's binary.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

step "Building"
tests/scripts/plugins.sh --rust-guests >/dev/null
cargo build "${native[@]}" --example sandbox_costs
step "Costs, each the best of twenty runs"
"$target/release/examples/sandbox_costs" "$target/test-plugin-path/test-guests.wasm"
