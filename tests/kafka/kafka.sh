#!/usr/bin/env bash
# Brings Apache Kafka from Maven and runs single KRaft nodes on the loopback interface, for `make run` and for the tests.
#
#   kafka.sh fetch                                copies the broker's jars (once)
#   kafka.sh fetch-connect [VERSION]              copies the jars of Java Connect and of the tools (once); VERSION is another
#                                                 release than that of the broker
#   kafka.sh start DIR [PORT [CONTROLLER_PORT]]   starts a node with everything in DIR, waits until it listens and prints
#                                                 host:port; a DIR that was used before keeps its ports and its data
#   kafka.sh stop DIR                             ends it as an operator would (SIGTERM) and waits
#   kafka.sh kill DIR                             ends it as a power cut would (SIGKILL)
#
# Environment:
#   KAFKA_JARS    where the jars go (default: kafka/ in cargo's target directory)
#   KAFKA_HEAP    the node's largest heap (default: 512m)
#   KAFKA_JVM     the node's other options of java (default: quick to start, slow for long)
#   KAFKA_BEHIND  "PORT SEEN": a node listens on PORT too and tells clients there that it is at port SEEN of the loopback interface
#   KAFKA_LISTENERS   "PROTOCOL=PORT ...": a node listens on these ports too, each with the protocol that it is named by
#   KAFKA_PROPERTIES  a file of further properties for the node
#   KAFKA_SCRAM   "USER=PASSWORD": who may log in by SCRAM
#   KAFKA_JVM     options for the node's JVM
#   KAFKA_OWNER   id of a process; when it is gone, the node is killed, so that no test leaves one behind
#
# In DIR: server.properties, data/, kafka.log, kafka.pid, and bootstrap with the node's host:port.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
jars=${KAFKA_JARS:-${CARGO_TARGET_DIR:-$root/target}/kafka}

fail() {
  echo "kafka.sh: $*" >&2
  exit 1
}

need_java() {
  command -v java >/dev/null || fail "java is missing: install a JDK, 17 or newer (Debian, Ubuntu: apt install openjdk-17-jdk-headless)"
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
  [ "${version:-0}" -ge 17 ] || fail "java is version ${version:-unknown}, and Kafka needs 17 or newer: install a JDK 17 (Debian, Ubuntu: apt install openjdk-17-jdk-headless)"
}

# === the jars

# copy_jars NAME [maven argument ...]: complete or not there, also when it is interrupted or run twice at once.
copy_jars() {
  local to="$jars/$1" part="$jars/$1.$$"
  shift
  # The version is in the pom; a jar directory of an older pom is brought anew.
  if [ -f "$to/.pom" ] && cmp -s "$to/.pom" "$here/pom.xml"; then
    return
  fi
  need_java
  command -v mvn >/dev/null || fail "mvn is missing: install Maven (Debian, Ubuntu: apt install maven)"
  mkdir -p "$part"
  if ! mvn -q -B -f "$here/pom.xml" "$@" dependency:copy-dependencies \
    -DoutputDirectory="$part" -DincludeScope=runtime >"$part.log" 2>&1; then
    cat "$part.log" >&2
    rm -rf "$part" "$part.log"
    fail "Maven could not bring Apache Kafka (its messages are above); is the network there?"
  fi
  cp "$here/pom.xml" "$part/.pom"
  rm -rf "$to" "$part.log"
  mv "$part" "$to" 2>/dev/null || rm -rf "$part" # another one was faster
}

fetch() {
  copy_jars libs
}

# fetch_connect [VERSION]
fetch_connect() {
  if [ $# -eq 0 ]; then
    copy_jars connect-libs -P connect
    # In a plugin path, as others' connectors are.
    copy_jars connect-plugins/mirror -P mirror -DincludeArtifactIds=connect-mirror,connect-mirror-client
  else
    # Releases before 4.0 bring a logger of their own.
    copy_jars "connect-libs-$1" -P connect "-Dkafka.version=$1" -DexcludeArtifactIds=slf4j-reload4j
  fi
}

# === a node

# True if somebody listens on the port.
listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

free_port() {
  local port
  for _ in $(seq 50); do
    # Below the range from which the system itself gives ports to clients.
    port=$((20000 + RANDOM % 10000))
    if ! listens "$port"; then
      echo "$port"
      return
    fi
  done
  fail "found no free port between 20000 and 30000"
}

is_running() {
  [ -f "$1/kafka.pid" ] && kill -0 "$(cat "$1/kafka.pid")" 2>/dev/null
}

write_properties() {
  local dir=$1 port=$2 controller_port=$3 own="" seen="" map="" listener
  if [ -n "${KAFKA_BEHIND:-}" ]; then
    own=",BEHIND://127.0.0.1:${KAFKA_BEHIND% *}"
    seen=",BEHIND://127.0.0.1:${KAFKA_BEHIND#* }"
    map=",BEHIND:PLAINTEXT"
  fi
  for listener in ${KAFKA_LISTENERS:-}; do
    own+=",${listener%=*}://127.0.0.1:${listener#*=}"
    seen+=",${listener%=*}://127.0.0.1:${listener#*=}"
    map+=",${listener%=*}:${listener%=*}"
  done
  cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port$own
advertised.listeners=PLAINTEXT://127.0.0.1:$port$seen
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT$map
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=true
num.partitions=1
# One node: nothing can have a second replica.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# Groups form at once, and tests of crashes need not wait 6 s for the dead member.
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=500
PROPERTIES
  [ -z "${KAFKA_PROPERTIES:-}" ] || cat "$KAFKA_PROPERTIES" >>"$dir/server.properties"
}

# Replaces this process by the JVM: call it in a subshell or in the background.
java_node() {
  local options
  read -ra options <<<"${KAFKA_JVM:--XX:+UseSerialGC -XX:TieredStopAtLevel=1}"
  exec java -Xms64m -Xmx"${KAFKA_HEAP:-512m}" "${options[@]}" \
    -Dorg.slf4j.simpleLogger.showDateTime=true -Dorg.slf4j.simpleLogger.dateTimeFormat="yyyy-MM-dd HH:mm:ss,SSS" \
    ${KAFKA_JVM:-} -cp "$jars/libs/*" "$@"
}

format() {
  local dir=$1 id mechanism users=()
  [ -f "$dir/data/meta.properties" ] && return
  id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c1-22)
  if [ -n "${KAFKA_SCRAM:-}" ]; then
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
      users+=(--add-scram "$mechanism=[name=${KAFKA_SCRAM%%=*},password=${KAFKA_SCRAM#*=}]")
    done
  fi
  # A leading dash would be read as an option.
  (java_node kafka.tools.StorageTool format -t "K${id:1}" -c "$dir/server.properties" "${users[@]}") >"$dir/format.log" 2>&1 ||
    { cat "$dir/format.log" >&2; fail "could not format $dir/data"; }
}

start() {
  [ $# -ge 1 ] || fail "start needs a directory"
  mkdir -p "$1"
  local dir port controller_port pid
  dir=$(cd "$1" && pwd)
  need_java
  fetch
  is_running "$dir" && fail "a node is running in $dir already (process $(cat "$dir/kafka.pid"))"
  if [ ! -f "$dir/server.properties" ]; then
    port=${2:-$(free_port)}
    controller_port=${3:-$(free_port)}
    write_properties "$dir" "$port" "$controller_port"
    echo "127.0.0.1:$port" >"$dir/bootstrap"
  fi
  port=$(sed 's/.*://' "$dir/bootstrap")
  listens "$port" && fail "port $port is in use; see who holds it with: ss -ltnp 'sport = :$port'"
  format "$dir"
  # A process group of its own (set -m), so that Ctrl-C in the terminal reaches the one who started us, who then stops it.
  set -m
  java_node kafka.Kafka "$dir/server.properties" </dev/null >>"$dir/kafka.log" 2>&1 &
  pid=$!
  set +m
  disown
  echo "$pid" >"$dir/kafka.pid"
  [ -z "${KAFKA_OWNER:-}" ] || guard "$pid"
  wait_until_it_listens "$dir" "$pid" "$port"
  cat "$dir/bootstrap"
}

# Kills the node when its owner is gone.
guard() {
  local pid=$1
  set -m
  (
    while kill -0 "$KAFKA_OWNER" 2>/dev/null && kill -0 "$pid" 2>/dev/null; do sleep 1; done
    kill -9 "$pid" 2>/dev/null
  ) </dev/null >/dev/null 2>&1 &
  set +m
  disown
}

wait_until_it_listens() {
  local dir=$1 pid=$2 port=$3
  for _ in $(seq 600); do
    if ! kill -0 "$pid" 2>/dev/null; then
      tail -30 "$dir/kafka.log" >&2
      rm -f "$dir/kafka.pid"
      fail "Kafka ended while it was starting (the last lines of $dir/kafka.log are above)"
    fi
    listens "$port" && return
    sleep 0.1
  done
  tail -30 "$dir/kafka.log" >&2
  fail "Kafka does not listen on port $port after 60 s (the last lines of $dir/kafka.log are above)"
}

# end DIR SIGNAL SECONDS
end() {
  local dir=$1 signal=$2 seconds=$3 pid
  is_running "$dir" || { rm -f "$dir/kafka.pid"; return 0; }
  pid=$(cat "$dir/kafka.pid")
  kill "-$signal" "$pid"
  for _ in $(seq $((seconds * 10))); do
    kill -0 "$pid" 2>/dev/null || { rm -f "$dir/kafka.pid"; return 0; }
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$dir/kafka.pid"
  [ "$signal" = KILL ] || echo "kafka.sh: Kafka did not end within $seconds s and was killed" >&2
}

case "${1:-}" in
  fetch) fetch ;;
  fetch-connect) shift; fetch_connect "$@" ;;
  start) shift; start "$@" ;;
  stop) end "${2:?stop needs a directory}" TERM 30 ;;
  kill) end "${2:?kill needs a directory}" KILL 10 ;;
  *) sed -n '2,/^set -/p' "$0" | sed -n 's/^# \{0,1\}//p' >&2; exit 2 ;;
esac
