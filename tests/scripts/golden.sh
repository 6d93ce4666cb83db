#!/usr/bin/env bash
# Lets Java's transforms and predicates answer the cases of tests/golden/transforms, and stores the answers that our tests compare with.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

tests/scripts/prerequisites.sh kafka
export KAFKA_JARS="$target/kafka"
"$kafka" fetch-connect
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT
step "Asking Java"
javac -encoding UTF-8 -cp "$KAFKA_JARS/connect-libs/*" -d "$classes" tests/golden/transforms/*.java
java -cp "$classes:$KAFKA_JARS/connect-libs/*" Golden host/src/transform/tests
