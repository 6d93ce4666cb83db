#!/usr/bin/env bash
# Builds the plugins and puts them into plugin-path/; needs the worker's binary, whose `plugins package` embeds each plugin's
# description and configuration keys.
#
#   plugins.sh             the plugins of plugins/
#   plugins.sh --tests     and the misbehaving ones of tests/guests, into target/test-plugin-path/
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

worker=$target/release/wasm-connect
[ -x "$worker" ] || fail "$worker is not built: run make build"

# package CRATE DIRECTORY: target/wasm32-wasip2/release/file_source.wasm becomes DIRECTORY/file-source.wasm
package() {
  mkdir -p "$2"
  "$worker" plugins package "$target/wasm32-wasip2/release/${1//-/_}.wasm" -o "$2/$1.wasm"
}

crates=(file-source file-sink)
[ "${1:-}" = --tests ] && crates+=(test-guests)
cargo build "${wasm[@]}" "${crates[@]/#/-p}"

package file-source plugin-path
package file-sink plugin-path
[ "${1:-}" != --tests ] || package test-guests "$target/test-plugin-path"
