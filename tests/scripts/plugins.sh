#!/usr/bin/env bash
# Builds the plugins and puts them into plugin-path/; needs the worker's binary, whose `plugins package` embeds each plugin's
# description and configuration keys.
#
#   plugins.sh             the plugins of plugins/
#   plugins.sh --files     those that `make run` uses, which are in Rust
#   plugins.sh --tests     all, and the misbehaving ones of tests/guests, tests/python-guests and tests/go-guests, into
#                          target/test-plugin-path/, target/test-broken-path/, target/test-python-path/ and target/test-go-path/
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

worker=$target/release/wasm-connect
[ -x "$worker" ] || fail "$worker is not built: run make build"

# package COMPONENT PLUGIN
package() {
  mkdir -p "$(dirname "$2")"
  "$worker" plugins package "$1" -o "$2"
}

# package_rust CRATE DIRECTORY: file_source.wasm becomes DIRECTORY/file-source.wasm
package_rust() {
  package "$target/wasm32-wasip2/release/${1//-/_}.wasm" "$2/$1.wasm"
}

# package_python PLUGIN DIRECTORY: as it has to be compiled to be asked, which takes seconds, only a new component.
package_python() {
  local component=$target/python/$1.wasm plugin=$2/$1.wasm
  [ "$plugin" -nt "$component" ] || package "$component" "$plugin"
}

# package_go PLUGIN DIRECTORY: the same.
package_go() {
  local core=$target/go/$1.core.wasm plugin=$2/$1.wasm
  [ "$plugin" -nt "$core" ] || WASM_TOOLS=$target/wasm-tools/bin/wasm-tools package "$core" "$plugin"
}

rust=(file-source file-sink hash-field field-equals csv-converter hex-header-converter)
python=(datagen-source csv-sink)
go=(webhook-sink)
guests=()
python_guests=()
go_guests=()
case "${1:-}" in
  --files) rust=(file-source file-sink) python=() go=() ;;
  --tests) guests=(test-guests) python_guests=(python-guests) go_guests=(go-guests) ;;
  '') ;;
  *) fail "plugins.sh knows --files and --tests, not $1" ;;
esac

crates=("${rust[@]}" ${guests[@]+"${guests[@]}"})
cargo build "${wasm[@]}" "${crates[@]/#/-p}"
for crate in "${rust[@]}"; do package_rust "$crate" plugin-path; done
for crate in ${guests[@]+"${guests[@]}"}; do package_rust "$crate" "$target/test-plugin-path"; done

# Components that are no plugins, as they are.
if [ ${#guests[@]} -gt 0 ]; then
  cargo build "${wasm[@]}" -p test-guests --examples
  mkdir -p "$target/test-broken-path"
  for source in tests/guests/examples/*.rs; do
    broken=$(basename "$source" .rs)
    cp "$target/wasm32-wasip2/release/examples/$broken.wasm" "$target/test-broken-path/${broken//_/-}.wasm"
  done
fi

if [ ${#python[@]} -gt 0 ]; then
  tests/scripts/python.sh build "${python[@]}" ${python_guests[@]+"${python_guests[@]}"}
  for plugin in "${python[@]}"; do package_python "$plugin" plugin-path; done
  for plugin in ${python_guests[@]+"${python_guests[@]}"}; do package_python "$plugin" "$target/test-python-path"; done
fi

if [ ${#go[@]} -gt 0 ]; then
  tests/scripts/go.sh build "${go[@]}" ${go_guests[@]+"${go_guests[@]}"}
  for plugin in "${go[@]}"; do package_go "$plugin" plugin-path; done
  for plugin in ${go_guests[@]+"${go_guests[@]}"}; do package_go "$plugin" "$target/test-go-path"; done
fi
