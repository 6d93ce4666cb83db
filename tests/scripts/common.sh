# Sourced by the other scripts: where things are, and how a step is shown.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
target=${CARGO_TARGET_DIR:-$root/target}
kafka=$root/tests/kafka/kafka.sh

# Everything that is compiled for this machine. One selection for every cargo command: with another one cargo might unify
# features differently and compile dependencies twice.
native=(--release --workspace --exclude test-guests)
wasm=(--release --target wasm32-wasip2)

say() {
  printf '%s\n' "$*"
}

# What is being done now; the user's way through the output.
step() {
  printf '\n==> %s\n' "$*"
}

fail() {
  printf '\nerror: %s\n' "$*" >&2
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

sha256() {
  if has sha256sum; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1
}

# sources_of NAME: the directory of a plugin, of one for tests, or of one for the bench
sources_of() {
  local parent
  for parent in plugins tests tests/bench; do
    if [ -d "$root/$parent/$1" ]; then
      echo "$root/$parent/$1"
      return
    fi
  done
  fail "there is no plugin $1"
}
