#!/usr/bin/env bash
# The Python SDK and the plugins that are written with it.
#
#   python.sh test            their unit tests, and the SDK's codec against Rust's, which cargo's tests have built
#   python.sh build NAME ...  makes components of plugins/NAME, or of another one that common.sh finds: python/NAME.wasm in cargo's
#                             target directory; does nothing if nothing has changed
#
# componentize-py is brought once, into componentize-py/ in cargo's target directory.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sdk=$root/sdk/python
toolchain=$target/componentize-py
plugins=(datagen-source csv-sink)
export PYTHONDONTWRITEBYTECODE=1

# run_tests DIRECTORY: those in DIRECTORY/tests
run_tests() {
  PYTHONPATH=$sdk/src python3 -W error -m unittest discover --start-directory "$1/tests" --top-level-directory "$1"
}

test_all() {
  export BATCH_EXCHANGE=$target/release/examples/exchange
  [ -x "$BATCH_EXCHANGE" ] || fail "$BATCH_EXCHANGE is not built: run make test"
  run_tests "$sdk"
  (cd "$sdk" && PYTHONPATH=$sdk/src:$root/sdk/batch/examples python3 -m unittest tests.against_rust)
  local plugin
  for plugin in "${plugins[@]}"; do
    run_tests "$root/plugins/$plugin"
  done
}

# Complete or not there, also when it is interrupted or run twice at once. The directory is made like an environment, but can be moved.
fetch() {
  local part=$toolchain.$$ pin=$sdk/requirements.txt
  if cmp -s "$toolchain/requirements.txt" "$pin"; then
    return
  fi
  step "Bringing componentize-py from PyPI"
  mkdir -p "$part"
  if ! python3 -m pip install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$part/site-packages" -r "$pin" >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "could not bring componentize-py (the messages are above); is the network there?"
  fi
  cp "$pin" "$part/requirements.txt"
  rm -rf "$toolchain" "$part.log"
  mv "$part" "$toolchain" 2>/dev/null || rm -rf "$part" # another one was faster
}

# build NAME: plugins/datagen-source is the package datagen_source
build() {
  local directory path
  directory=$(sources_of "$1")
  path=(--path "$directory")
  # They use the tests of the SDK.
  [ "$1" != python-guests ] || path+=(--path "$sdk")
  VIRTUAL_ENV=$toolchain PYTHONPATH=$sdk/src:$toolchain/site-packages \
    python3 -m wasm_connect build "${1//-/_}" "${path[@]}" --output "$target/python/$1.wasm"
}

tests/scripts/prerequisites.sh python
command=${1:-}
shift || true
case "$command" in
  test) test_all ;;
  build)
    fetch
    for plugin in "$@"; do build "$plugin"; done
    ;;
  *) fail "python.sh knows test and build, not $command" ;;
esac
