#!/usr/bin/env bash
# `make run`: the main job on this machine. A text file's lines go through Kafka into another file, by two .wasm plugins.
#
#   RUN_ONCE=1                    end as soon as the files are equal (0), or when they cannot become so (1, with the reason)
#   RUN_SECONDS=120               how long the lines may take to arrive
#   RUN_LINES=100000              lines of the input file that is made if there is none
#   BOOTSTRAP_SERVERS=host:port   use this Kafka instead of starting one; the topic's name gets a unique suffix
#
# All state is in run/ and disposable: each start begins anew, and keeps only the input file run/data/input.txt.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

input=run/data/input.txt
output=run/data/output.txt
log=run/wasm-connect.log
seconds=${RUN_SECONDS:-120}
topic=connect-test
worker_pid=

main() {
  step "Checking what is needed"
  if [ -n "${BOOTSTRAP_SERVERS:-}" ]; then
    tests/scripts/prerequisites.sh build
  else
    tests/scripts/prerequisites.sh build kafka
  fi
  say "all there"

  step "Building the worker (the first time takes minutes: librdkafka, OpenSSL and wasmtime are compiled)"
  cargo build "${native[@]}" --lib --bins
  step "Building the plugins into plugin-path/"
  tests/scripts/plugins.sh --files
  "$target/release/wasm-connect" plugins list --plugin-path plugin-path || true

  trap stop_all EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  fresh_state
  make_input
  bring_kafka
  write_configs
  start_worker
  copy
  [ "${RUN_ONCE:-0}" = 1 ] || show_and_wait
}

# === steps

fresh_state() {
  step "Clearing run/ (the input file stays)"
  if [ -f run/run.pid ] && kill -0 "$(cat run/run.pid)" 2>/dev/null; then
    trap - EXIT
    fail "another make run is at work (process $(cat run/run.pid)): stop it with Ctrl-C in its terminal first"
  fi
  if [ -d run/kafka ]; then "$kafka" kill run/kafka; fi
  rm -rf run/kafka run/config run/connect.offsets "$output" "$log"
  mkdir -p run/data run/config
  echo $$ >run/run.pid
}

make_input() {
  if [ -f "$input" ]; then
    step "Input: $input, which was there"
  else
    step "Making $input with ${RUN_LINES:-100000} lines"
    awk -v lines="${RUN_LINES:-100000}" 'BEGIN {
      for (i = 1; i <= lines; i++) printf "line %d: %s, sum of its digits times itself: %d\n", i, (i % 3 ? "Grüße" : "καλημέρα"), i * (i % 9)
    }' >"$input.part"
    mv "$input.part" "$input"
  fi
  [ "$(tail -c 1 "$input" | wc -l)" -eq 1 ] ||
    fail "$input is empty or its last line has no line end; a source connector waits for it, so the copy could not complete"
  say "$(lines "$input") lines"
}

bring_kafka() {
  if [ -n "${BOOTSTRAP_SERVERS:-}" ]; then
    topic=connect-test-$(date +%s)-$$
    step "Using the Kafka at $BOOTSTRAP_SERVERS, topic $topic"
    return
  fi
  step "Apache Kafka 4.3.1: bringing it by Maven (once) and starting a node with its data in run/kafka"
  "$kafka" fetch
  local port controller_port
  port=$(first_free_port 9092 19092 29092) controller_port=$(first_free_port 9093 19093 29093)
  BOOTSTRAP_SERVERS=$(KAFKA_OWNER=$$ "$kafka" start run/kafka "$port" "$controller_port")
  say "listening on $BOOTSTRAP_SERVERS"
}

write_configs() {
  local port
  port=$(first_free_port 8083 18083 28083)
  rest=127.0.0.1:$port
  set_property bootstrap.servers "$BOOTSTRAP_SERVERS" <host/config/connect-standalone.properties |
    set_property listeners "http://$rest" >run/config/worker.properties
  set_property topic "$topic" <host/config/connect-file-source.properties >run/config/file-source.properties
  set_property topics "$topic" <host/config/connect-file-sink.properties >run/config/file-sink.properties
  source_name=$(get_property name <run/config/file-source.properties)
  sink_name=$(get_property name <run/config/file-sink.properties)
}

start_worker() {
  step "Starting wasm-connect standalone with the sample properties (log: $log)"
  # A process group of its own (set -m): Ctrl-C in the terminal reaches this script only, which then stops the worker once.
  set -m
  "$target/release/wasm-connect" standalone run/config/worker.properties \
    run/config/file-source.properties run/config/file-sink.properties >"$log" 2>&1 </dev/null &
  worker_pid=$!
  set +m
}

copy() {
  step "Copying $input -> topic $topic -> $output"
  local expected arrived=-1 now deadline=$((SECONDS + seconds)) size
  expected=$(lines "$input")
  size=$(bytes "$input")
  while [ "$(bytes "$output")" -lt "$size" ]; do
    kill -0 "$worker_pid" 2>/dev/null || give_up "the worker ended"
    no_failed_task
    [ $SECONDS -lt $deadline ] || give_up "after $seconds s only $(lines "$output") of $expected lines have arrived"
    now=$(lines "$output")
    [ "$now" = "$arrived" ] || say "$now of $expected lines"
    arrived=$now
    sleep 0.5
  done
  say "$(lines "$output") of $expected lines"

  step "All lines have arrived"
  say "$(printf '%9s lines  sha256 %s  %s' "$(lines "$input")" "$(sha256 "$input")" "$input")"
  say "$(printf '%9s lines  sha256 %s  %s' "$(lines "$output")" "$(sha256 "$output")" "$output")"
  cmp -s "$input" "$output" || give_up "the files differ: $(cmp "$input" "$output" 2>&1 || true)"
  say "the files are equal"
}

show_and_wait() {
  step "The worker's REST API is at http://$rest; try in another terminal"
  say "  curl http://$rest/connectors/$source_name/status"
  say "  curl http://$rest/connector-plugins"
  say "  echo 'one more line' >> $input; sleep 2; tail -1 $output"
  say "  curl -X DELETE http://$rest/connectors/$sink_name"
  say ""
  say "Ctrl-C stops everything."
  wait "$worker_pid" || give_up "the worker ended"
}

# === the end

stop_all() {
  local code=$?
  trap - EXIT INT TERM
  if [ -n "$worker_pid" ] && kill -0 "$worker_pid" 2>/dev/null; then
    step "Stopping the worker"
    kill -TERM "$worker_pid"
    for _ in $(seq 300); do
      kill -0 "$worker_pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -9 "$worker_pid" 2>/dev/null || true
  fi
  if [ -d run/kafka ]; then
    step "Stopping Kafka"
    "$kafka" stop run/kafka || true
  fi
  rm -f run/run.pid
  exit "$code"
}

give_up() {
  if [ -f "$log" ]; then
    printf '\n--- the last lines of %s\n' "$log" >&2
    tail -25 "$log" >&2
  fi
  fail "$*"
}

# A failed task stays failed: no use in waiting for the deadline.
no_failed_task() {
  local name status
  for name in "$source_name" "$sink_name"; do
    status=$(get "/connectors/$name/status" 2>/dev/null || true)
    case "$status" in
      *'"state":"FAILED"'*) give_up "connector $name has failed: $status" ;;
    esac
  done
}

# === small tools

lines() {
  if [ -f "$1" ]; then wc -l <"$1" | tr -d ' '; else echo 0; fi
}

bytes() {
  if [ -f "$1" ]; then wc -c <"$1" | tr -d ' '; else echo 0; fi
}

# get PATH: the answer's body, without needing curl.
get() {
  exec 3<>"/dev/tcp/${rest%:*}/${rest##*:}" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" "$rest" >&3
  sed '1,/^\r\{0,1\}$/d' <&3
  exec 3>&-
}

first_free_port() {
  local port
  for port in "$@"; do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  fail "the ports $* are all in use"
}

# set_property KEY VALUE: replaces the key's line, or adds one.
set_property() {
  awk -v key="$1" -v value="$2" '
    index($0, key "=") == 1 { print key "=" value; done = 1; next }
    { print }
    END { if (!done) print key "=" value }'
}

get_property() {
  sed -n "s/^$1=//p" | head -1
}

main
