#!/usr/bin/env bash
# `make clients`: published clients of Kafka Connect's REST API, each of which plays a connector's whole life at our worker. Their
# versions are pinned in tests/clients; they go into clients/ in cargo's target directory.
#
#   clients.sh                               all of them, with a Kafka and a worker of their own
#   clients.sh fetch CLIENT                  brings maven, pypi or npm (once)
#   clients.sh play CLIENT URL FILE TOPIC    plays one at a worker that is there, a Java one too; FILE has lines that it may read
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

all=(maven pypi npm)
sources=$root/tests/clients
clients=$target/clients
worker_pid=

# === bringing them

# fetch CLIENT: complete or not there, also when it is interrupted or run twice at once.
fetch() {
  local to=$clients/$1 part=$clients/$1.$$ pin
  pin=$sources/$1/$(pin_of "$1")
  # A client of an older pin is brought anew.
  if [ -f "$to/.pin" ] && cmp -s "$to/.pin" "$pin"; then
    return
  fi
  need "$1"
  mkdir -p "$part"
  if ! "bring_$1" "$part" >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "could not bring the client from $1 (the messages are above); is the network there?"
  fi
  cp "$pin" "$part/.pin"
  rm -rf "$to" "$part.log"
  mv "$part" "$to" 2>/dev/null || rm -rf "$part" # another one was faster
}

pin_of() {
  case "$1" in
    maven) echo pom.xml ;;
    pypi) echo requirements.txt ;;
    npm) echo package-lock.json ;;
    *) fail "clients.sh knows ${all[*]}, not $1" ;;
  esac
}

need() {
  case "$1" in
    maven) tests/scripts/prerequisites.sh kafka ;;
    pypi) tests/scripts/prerequisites.sh python ;;
    npm) tests/scripts/prerequisites.sh node ;;
  esac
}

bring_maven() {
  mvn -q -B -f "$sources/maven/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1/libs" -DincludeScope=runtime
}

bring_pypi() {
  # A directory to import from, which unlike an environment can be moved.
  python3 -m pip install --disable-pip-version-check --require-hashes --only-binary :all: --target "$1/libs" \
    -r "$sources/pypi/requirements.txt"
}

bring_npm() {
  cp "$sources/npm/package.json" "$sources/npm/package-lock.json" "$1/"
  npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund
}

# play CLIENT URL FILE TOPIC
play() {
  local client=$1
  shift
  case "$client" in
    maven) java -XX:TieredStopAtLevel=1 -cp "$clients/maven/libs/*" "$sources/maven/Play.java" "$@" ;;
    pypi) PYTHONPATH=$clients/pypi/libs PYTHONDONTWRITEBYTECODE=1 python3 "$sources/pypi/play.py" "$@" ;;
    npm) NODE_PATH=$clients/npm/node_modules node "$sources/npm/play.js" "$@" ;;
    *) fail "clients.sh knows ${all[*]}, not $client" ;;
  esac
}

# === all of them

main() {
  step "Checking what is needed"
  tests/scripts/prerequisites.sh build kafka python node
  step "Building the worker and its plugins"
  cargo build "${native[@]}" --lib --bins
  tests/scripts/plugins.sh
  step "Bringing the clients"
  local client
  for client in "${all[@]}"; do
    fetch "$client"
    say "$client: $clients/$client"
  done

  mkdir -p "$clients"
  directory=$(mktemp -d "$clients/run.XXXXXX")
  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  step "Starting Kafka and a worker in $directory"
  start_worker "$(KAFKA_OWNER=$$ "$kafka" start "$directory/kafka")"
  for client in "${all[@]}"; do
    step "Playing the client from $client"
    printf 'a line for %s\n' "$client" "$client" >"$directory/data/$client.txt"
    play "$client" "http://$rest" "$directory/data/$client.txt" "lines-$client" || fail "the client from $client met a surprise"
  done
  step "All clients have played a connector's whole life: ${all[*]}"
}

# start_worker BOOTSTRAP_SERVERS
start_worker() {
  rest=127.0.0.1:$(free_port)
  mkdir -p "$directory/data"
  cat >"$directory/worker.properties" <<PROPERTIES
bootstrap.servers=$1
listeners=http://$rest
plugin.path=$root/plugin-path
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
offset.storage.file.filename=$directory/connect.offsets
offset.flush.interval.ms=1000
sandbox.fs.read=$directory/data
PROPERTIES
  "$target/release/wasm-connect" standalone "$directory/worker.properties" >"$directory/worker.log" 2>&1 </dev/null &
  worker_pid=$!
  local deadline=$((SECONDS + 60))
  until [ "$(status_of /health)" = 200 ]; do
    kill -0 "$worker_pid" 2>/dev/null || fail "the worker ended while it was starting"
    [ $SECONDS -lt $deadline ] || fail "the worker has not completed its startup after 60 s"
    sleep 0.1
  done
}

# status_of PATH: the answer's status, without needing curl; nothing if nobody answers.
status_of() {
  # In a subshell, which closes the connection.
  (
    exec 3<>"/dev/tcp/${rest%:*}/${rest##*:}"
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" "$rest" >&3
    sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p' <&3
  ) 2>/dev/null || true
}

free_port() {
  local port
  for _ in $(seq 50); do
    # Below the range from which the system itself gives ports to clients.
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "found no free port between 20000 and 30000"
}

stop_all() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$worker_pid" ] && kill -0 "$worker_pid" 2>/dev/null; then
    kill -TERM "$worker_pid"
    for _ in $(seq 300); do
      kill -0 "$worker_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$worker_pid" 2>/dev/null || true
  fi
  "$kafka" stop "$directory/kafka" || true
  if [ "$code" -eq 0 ]; then
    rm -rf "$directory"
  else
    [ ! -f "$directory/worker.log" ] || tail -25 "$directory/worker.log" >&2
    printf 'the logs are kept in %s\n' "$directory" >&2
  fi
  exit "$code"
}

case "${1:-}" in
  "") main ;;
  fetch) fetch "${2:?fetch needs a client}" ;;
  play) shift; play "${1:?play needs a client, a URL, a file and a topic}" "${@:2}" ;;
  *) sed -n '2,/^set -/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2 ;;
esac
