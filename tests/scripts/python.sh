#!/usr/bin/env bash
# The Python SDK and the plugins that are written with it.
#
#   python.sh test     their unit tests, and the SDK's codec against Rust's; after the unit tests, which build what it is compared with
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sdk=$root/sdk/python
export PYTHONPATH=$sdk/src PYTHONDONTWRITEBYTECODE=1

run_tests() {
  export BATCH_EXCHANGE=$target/release/examples/exchange
  [ -x "$BATCH_EXCHANGE" ] || fail "$BATCH_EXCHANGE is not built: run make test"
  python3 -m unittest discover --start-directory "$sdk/tests" --top-level-directory "$sdk"
  (cd "$sdk" && python3 -m unittest tests.against_rust)
}

tests/scripts/prerequisites.sh python
case "${1:-}" in
  test) run_tests ;;
  *) fail "python.sh knows test, not ${1:-}" ;;
esac
