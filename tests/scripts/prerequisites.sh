#!/usr/bin/env bash
# Names every tool that is missing or too old, all at once, with what to install.
#
#   prerequisites.sh build           what compiling needs
#   prerequisites.sh build kafka     and what a Kafka of our own needs
#   prerequisites.sh python node     what the SDKs of Python and JavaScript and the clients from PyPI and npm need
#   prerequisites.sh go              what the Go SDK needs
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()

# at_least WANTED FOUND: both like 1.95.0
at_least() {
  [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -1)" = "$1" ]
}

check_rust() {
  local hint="install Rust with rustup: https://rustup.rs" version
  if ! has cargo || ! has rustc; then
    missing+=("cargo and rustc 1.95 or newer: $hint")
    return
  fi
  version=$(rustc --version | cut -d' ' -f2)
  at_least 1.95.0 "${version%%-*}" || missing+=("rustc 1.95 or newer (found $version): rustup update stable")
  if ! wasm_target_is_there && ! has rustup; then
    missing+=("the Rust target wasm32-wasip2: $hint (it is added by itself then)")
  fi
}

wasm_target_is_there() {
  [ -d "$(rustc --print target-libdir --target wasm32-wasip2 2>/dev/null)" ]
}

check_c() {
  # librdkafka and OpenSSL are compiled from their sources.
  has cc || has gcc || missing+=("a C compiler: apt install gcc")
  has c++ || has g++ || missing+=("a C++ compiler: apt install g++")
  has make || missing+=("make: apt install make")
  has perl || missing+=("perl: apt install perl")
}

check_java() {
  local hint="apt install openjdk-17-jdk-headless" version
  if ! has java || ! has javac; then
    missing+=("a JDK, 17 or newer: $hint")
  else
    version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
    [ "${version:-0}" -ge 17 ] || missing+=("a JDK, 17 or newer (found ${version:-an unknown version}): $hint")
  fi
  has mvn || missing+=("Maven: apt install maven")
}

check_python() {
  if ! has python3; then
    missing+=("python3, 3.10 or newer, with pip: apt install python3 python3-pip")
  elif ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    missing+=("python3 3.10 or newer (found $(python3 -V 2>&1 | cut -d' ' -f2)): apt install python3 python3-pip")
  elif ! python3 -m pip --version >/dev/null 2>&1; then
    missing+=("pip for python3: apt install python3-pip")
  fi
}

check_go() {
  local hint="https://go.dev/dl" version
  if ! has go; then
    missing+=("go, 1.26 or newer: $hint")
  else
    version=$(GOTOOLCHAIN=local go env GOVERSION)
    at_least 1.26 "${version#go}" || missing+=("go 1.26 or newer (found ${version#go}): $hint")
  fi
}

check_node() {
  local hint="https://nodejs.org, or apt install nodejs" version
  if ! has node; then
    missing+=("Node, 20 or newer: $hint")
  else
    version=$(node --version)
    at_least 20.0.0 "${version#v}" || missing+=("Node, 20 or newer (found ${version#v}): $hint")
  fi
  has npm || missing+=("npm, which comes with Node: apt install npm")
}

for what in "$@"; do
  case "$what" in
    build) check_rust; check_c ;;
    kafka) check_java ;;
    python) check_python ;;
    node) check_node ;;
    go) check_go ;;
    *) fail "prerequisites.sh knows build, kafka, python, node and go, not $what" ;;
  esac
done

if [ ${#missing[@]} -gt 0 ]; then
  printf 'These are missing (package names are those of Debian and Ubuntu):\n' >&2
  printf '  - %s\n' "${missing[@]}" >&2
  exit 1
fi

case " $* " in
  *" build "*)
    if ! wasm_target_is_there; then
      step "Adding the Rust target wasm32-wasip2"
      rustup target add wasm32-wasip2
    fi
    ;;
esac
