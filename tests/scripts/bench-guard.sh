#!/usr/bin/env bash
# Counts instructions and fails when work takes more of them than tests/bench/instructions.md says; needs the worker's binary.
#
#   bench-guard.sh [WORD ...]   WORD: a part of the names of rows
#   UPDATE_BASELINE=1           writes the table
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

step "Building"
tests/scripts/plugins.sh --rust-guests >/dev/null
step "Instruction counts"
cargo test "${native[@]}" --test instructions -- "$@"
