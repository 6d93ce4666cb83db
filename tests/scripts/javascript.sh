#!/usr/bin/env bash
# The JavaScript SDK and the plugins that are written with it.
#
#   javascript.sh test            types and unit tests, and the SDK's codec against Rust's, which cargo's tests have built
#   javascript.sh build NAME ...  makes components of plugins/NAME, or of another one that common.sh finds: javascript/NAME.wasm in
#                                 cargo's target directory; does nothing if nothing has changed
#
# The tools come from npm at the versions of sdk/javascript/package-lock.json, once, into javascript/ in cargo's target directory;
# there the SDK is compiled, too, so that nothing is written beside the sources.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sdk=$root/sdk/javascript
work=$target/javascript
plugins=(http-poll-source)
cli=$work/sdk/dist/build/cli.js

# Complete or not there, also when it is interrupted or run twice at once.
fetch() {
  local part=$work/tools.$$
  if cmp -s "$work/tools/package-lock.json" "$sdk/package-lock.json"; then
    return
  fi
  step "Bringing the tools of the JavaScript SDK from npm"
  mkdir -p "$part"
  cp "$sdk/package.json" "$sdk/package-lock.json" "$sdk/.npmrc" "$part"
  if ! (cd "$part" && npm ci --ignore-scripts --no-audit --no-fund) >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "could not bring the tools from npm (the messages are above); is the network there?"
  fi
  rm -rf "$work/tools" "$part.log"
  mv "$part" "$work/tools" 2>/dev/null || rm -rf "$part" # another one was faster
}

# The SDK's files that matter, as one number.
digest_of_sources() {
  (cd "$root" && find sdk/javascript wit -maxdepth 1 -type f \( -name '*.json' -o -name '*.mjs' -o -name '*.wit' \) -print0
    cd "$root" && find sdk/javascript/src sdk/javascript/wasi -type f -print0) |
    (cd "$root" && LC_ALL=C sort -z | xargs -0 cat) | cksum
}

# The SDK as npm would install it.
compile() {
  local digest part=$work/sdk.$$
  fetch
  digest=$(digest_of_sources)
  if [ "$(cat "$work/sdk/digest" 2>/dev/null)" = "$digest" ]; then
    return
  fi
  step "Compiling the JavaScript SDK"
  mkdir -p "$part"
  (cd "$sdk" && cp -R package.json tsconfig.json tsconfig.build.json prepare.mjs src wasi "$part")
  ln -s ../tools/node_modules "$part/node_modules"
  (cd "$part" && WASM_CONNECT_WIT=$root/wit node prepare.mjs)
  printf '%s\n' "$digest" >"$part/digest"
  rm -rf "$work/sdk"
  mv "$part" "$work/sdk" 2>/dev/null || rm -rf "$part"
}

# types DIRECTORY: whether TypeScript has nothing to say of a plugin
types() {
  local tools=$work/tools/node_modules
  # The tools are not where the sources are.
  cat >"$work/types.json" <<-END
	{
	  "extends": "$1/tsconfig.json",
	  "include": ["$1/src", "$1/test", "$sdk/src/component/imports.d.ts"],
	  "compilerOptions": {
	    "typeRoots": ["$tools/@types"],
	    "paths": { "wasm-connect": ["$sdk/src/index.ts"], "wasm-connect/*": ["$sdk/src/*.ts"] }
	  }
	}
	END
  "$tools/.bin/tsc" --project "$work/types.json"
}

test_all() {
  export BATCH_EXCHANGE=$target/release/examples/exchange
  [ -x "$BATCH_EXCHANGE" ] || fail "$BATCH_EXCHANGE is not built: run make test"
  export REPOSITORY=$root WASM_CONNECT_JS=$cli
  rm -rf "$work/sdk/test"
  cp -R "$sdk/test" "$work/sdk"
  "$work/tools/node_modules/.bin/tsc" --project "$work/sdk"
  (cd "$sdk" && node "$cli" test test test/against-rust.ts)
  local plugin
  for plugin in "${plugins[@]}"; do
    types "$root/plugins/$plugin"
    (cd "$root/plugins/$plugin" && node "$cli" test)
  done
  types "$root/tests/javascript-guests"
  types "$root/tests/bench/javascript-figures"
}

# build NAME
build() {
  local directory
  directory=$(sources_of "$1")
  node "$cli" build "$directory/src/index.ts" --output "$work/$1.wasm"
}

tests/scripts/prerequisites.sh node
command=${1:-}
shift || true
case "$command" in
  test)
    compile
    test_all
    ;;
  build)
    compile
    for plugin in "$@"; do build "$plugin"; done
    ;;
  *) fail "javascript.sh knows test and build, not $command" ;;
esac
