#!/usr/bin/env bash
# The C SDK and the plugins that are written with it.
#
#   c.sh test            the SDK's codec against the vectors and against Rust's, which cargo's tests have built; the plugins' unit tests
#   c.sh build NAME ...  makes core modules of plugins/NAME, or of another one that common.sh finds: c/NAME.core.wasm in cargo's target
#                        directory; does nothing if nothing has changed
#
# The compiler, which Zig packs, is brought once from PyPI, into zig/ in cargo's target directory; wasm-tools is what go.sh has brought.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sdk=$root/sdk/c
work=$target/c
toolchain=$target/zig
plugins=(syslog-source)
export PYTHONPATH=$toolchain/site-packages ZIG_GLOBAL_CACHE_DIR=$work/cache ZIG_LOCAL_CACHE_DIR=$work/cache PYTHONDONTWRITEBYTECODE=1

# Complete or not there, also when it is interrupted or run twice at once.
fetch() {
  local part=$toolchain.$$ pin=$sdk/requirements.txt
  if cmp -s "$toolchain/requirements.txt" "$pin"; then
    return
  fi
  step "Bringing a compiler for C from PyPI"
  mkdir -p "$part"
  if ! python3 -m pip install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$part/site-packages" -r "$pin" >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "could not bring ziglang (the messages are above); is the network there?"
  fi
  cp "$pin" "$part/requirements.txt"
  rm -rf "$toolchain" "$part.log"
  mv "$part" "$toolchain" 2>/dev/null || rm -rf "$part" # another one was faster
}

test_all() {
  export BATCH_EXCHANGE=$target/release/examples/exchange WASM_CONNECT_C=$work/codec/libwasm_connect.so
  [ -x "$BATCH_EXCHANGE" ] || fail "$BATCH_EXCHANGE is not built: run make test"
  make --no-print-directory -s -C "$sdk" codec BUILD="$work/codec"
  (cd "$sdk" && python3 -W error -m unittest discover --start-directory tests --top-level-directory .)
  (cd "$sdk" && PYTHONPATH=$root/sdk/batch/examples python3 -m unittest tests.against_rust)
  local plugin
  for plugin in "${plugins[@]}"; do
    make --no-print-directory -s -C "plugins/$plugin" test BUILD="$work/$plugin"
  done
  make --no-print-directory -s -C tests/c-guests test BUILD="$work/c-guests"
}

# build NAME
build() {
  local made=$work/$1/$1.core.wasm core=$work/$1.core.wasm directory
  directory=$(sources_of "$1")
  make --no-print-directory -s -C "$directory" BUILD="$work/$1"
  cmp -s "$made" "$core" || cp "$made" "$core"
}

tests/scripts/prerequisites.sh build python
command=${1:-}
shift || true
case "$command" in
  test) test_all ;;
  build)
    fetch
    for plugin in "$@"; do build "$plugin"; done
    ;;
  *) fail "c.sh knows test and build, not $command" ;;
esac
