#!/usr/bin/env bash
# Builds the plugins and puts them into plugin-path/; needs the worker's binary, whose `plugins package` embeds each plugin's
# description and configuration keys.
#
#   plugins.sh             the plugins of plugins/
#   plugins.sh --files     those that `make run` uses, which are in Rust
#   plugins.sh --bench     all, and those of tests/bench/*-figures, into target/bench-plugin-path/
#   plugins.sh --tests     all of these, and those of tests/*guests, most of which misbehave, into target/test-plugin-path/,
#                          target/test-broken-path/ and target/test-LANGUAGE-path/
#   plugins.sh --rust-guests  of these, those in Rust
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

# package_built LANGUAGE PLUGIN DIRECTORY: as it has to be compiled to be asked, which takes seconds, only what is new. Of languages
# whose compiler writes core modules, package makes the component.
package_built() {
  local built=$target/$1/$2.wasm plugin=$3/$2.wasm
  [ -e "$built" ] || built=$target/$1/$2.core.wasm
  [ "$plugin" -nt "$built" ] || WASM_TOOLS=$target/wasm-tools/bin/wasm-tools package "$built" "$plugin"
}

rust=(file-source file-sink hash-field field-equals csv-converter hex-header-converter)
python=(datagen-source csv-sink)
go=(webhook-sink)
javascript=(http-poll-source)
c=(syslog-source)
guests=()
python_guests=()
go_guests=()
javascript_guests=()
c_guests=()
figures=
case "${1:-}" in
  --files) rust=(file-source file-sink) python=() go=() javascript=() c=() ;;
  --bench) figures=1 ;;
  --tests)
    figures=1 guests=(test-guests) python_guests=(python-guests) go_guests=(go-guests) javascript_guests=(javascript-guests)
    c_guests=(c-guests)
    ;;
  # With the plugins, so that cargo compiles the same as for all.
  --rust-guests) python=() go=() javascript=() c=() guests=(test-guests) ;;
  '') ;;
  *) fail "plugins.sh knows --files, --bench, --tests and --rust-guests, not $1" ;;
esac

crates=("${rust[@]}" ${guests[@]+"${guests[@]}"} ${figures:+rust-figures})
cargo build "${wasm[@]}" "${crates[@]/#/-p}"
for crate in "${rust[@]}"; do package_rust "$crate" plugin-path; done
for crate in ${guests[@]+"${guests[@]}"}; do package_rust "$crate" "$target/test-plugin-path"; done
[ -z "$figures" ] || package_rust rust-figures "$target/bench-plugin-path"

# Components that are no plugins, as they are.
if [ ${#guests[@]} -gt 0 ]; then
  cargo build "${wasm[@]}" -p test-guests --examples
  mkdir -p "$target/test-broken-path"
  for source in tests/guests/examples/*.rs; do
    broken=$(basename "$source" .rs)
    cp "$target/wasm32-wasip2/release/examples/$broken.wasm" "$target/test-broken-path/${broken//_/-}.wasm"
  done
fi

# build_and_package LANGUAGE PLUGINS GUESTS: both are lists of names
build_and_package() {
  local language=$1 plugins guests plugin
  read -ra plugins <<<"$2"
  read -ra guests <<<"$3"
  [ ${#plugins[@]} -gt 0 ] || return 0
  "tests/scripts/$language.sh" build "${plugins[@]}" ${guests[@]+"${guests[@]}"} ${figures:+"$language-figures"}
  for plugin in "${plugins[@]}"; do package_built "$language" "$plugin" plugin-path; done
  for plugin in ${guests[@]+"${guests[@]}"}; do package_built "$language" "$plugin" "$target/test-$language-path"; done
  [ -z "$figures" ] || package_built "$language" "$language-figures" "$target/bench-plugin-path"
}

build_and_package python "${python[*]-}" "${python_guests[*]-}"
build_and_package go "${go[*]-}" "${go_guests[*]-}"
build_and_package javascript "${javascript[*]-}" "${javascript_guests[*]-}"
# After Go, which brings wasm-tools.
build_and_package c "${c[*]-}" "${c_guests[*]-}"
