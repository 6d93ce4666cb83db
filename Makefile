# Thin: each target is a script or one cargo command. `make run` and `make test` need nothing but the tools that they name.

# One selection of packages for every cargo command, as in tests/scripts/common.sh.
NATIVE := --release --workspace --exclude test-guests

.PHONY: help
help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 15

.PHONY: run
run: ## the main job: a file through Kafka into another file (RUN_ONCE=1, BOOTSTRAP_SERVERS=host:port)
	@tests/scripts/run.sh

.PHONY: test
test: ## sets everything up and runs all tests
	@tests/scripts/test.sh

.PHONY: soak
soak: ## guests that leak memory are replaced a thousand times under load (SOAK_RECYCLES=1000)
	@SOAK_RECYCLES=$${SOAK_RECYCLES:-1000} tests/scripts/test.sh recycling

.PHONY: mixed-cluster
mixed-cluster: ## workers of Java Connect and ours in one group are killed again and again (MIXED_CLUSTER_ROUNDS=5)
	@MIXED_CLUSTER_ROUNDS=$${MIXED_CLUSTER_ROUNDS:-5} tests/scripts/test.sh mixed_cluster

.PHONY: bench-sandbox
bench-sandbox: build ## what an instance, a call and a batch cost in the sandbox
	@tests/scripts/bench-sandbox.sh

.PHONY: bench-guard
bench-guard: build ## fails when work takes 10 % more instructions than it did (BENCH="JSON", UPDATE_BASELINE=1)
	@tests/scripts/bench-guard.sh $(BENCH)

.PHONY: bench
bench: ## the same work in Java Connect, in the worker and in librdkafka alone (BENCH="--short source")
	@tests/scripts/bench.sh $(BENCH)

.PHONY: conformance
conformance: ## plays the request scripts at Java Connect and at ours, alone and in clusters, and compares (UPDATE_GOLDEN=1 stores Java's answers)
	@tests/scripts/conformance.sh

.PHONY: json-records
json-records: ## random records through Java's JsonConverter and ours, both ways (JSON_RECORDS_SEED=1, JSON_RECORDS_COUNT=20000)
	@tests/scripts/json-records.sh

.PHONY: clients
clients: ## published REST clients from Maven Central, PyPI and npm at our worker; needs python3 and node with npm too
	@tests/scripts/clients.sh

.PHONY: build
build: ## the worker: target/release/wasm-connect
	@tests/scripts/prerequisites.sh build
	cargo build $(NATIVE) --lib --bins

.PHONY: plugins
plugins: build ## the plugins: plugin-path/*.wasm; needs python3 with pip, go, and node with npm too
	@tests/scripts/plugins.sh

.PHONY: lint
lint: ## clippy, warnings are errors
	cargo clippy $(NATIVE) --all-targets -- -D warnings
	cargo clippy --release --target wasm32-wasip2 -p file-source -p file-sink -p hash-field \
		-p field-equals -p csv-converter -p hex-header-converter -p rust-figures -p test-guests --lib --examples -- -D warnings

.PHONY: fmt
fmt: ## formats all Rust code
	cargo fmt --all
