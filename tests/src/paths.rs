//! Finds the worker's binary, the plugins and the scripts from where this test was built.

use std::path::{Path, PathBuf};

/// The repository's top directory.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository").to_path_buf()
}

/// Cargo's target directory, wherever `CARGO_TARGET_DIR` put it.
pub fn target() -> PathBuf {
    // target/release/deps/integration-0123456789abcdef, or target/release/conformance
    let this = std::env::current_exe().expect("path of the running test");
    let profile = this.ancestors().find(|path| path.ends_with("release") || path.ends_with("debug"));
    let target = profile.and_then(Path::parent).expect("a test is in a profile's directory of the target directory");
    target.to_path_buf()
}

/// The worker under test.
pub fn worker() -> PathBuf {
    existing(target().join("release/wasm-connect"))
}

/// The directory of the plugins that users get.
pub fn plugins() -> PathBuf {
    let directory = repository().join("plugin-path");
    existing(directory.join("file-source.wasm"));
    existing(directory.join("file-sink.wasm"));
    directory
}

/// A plugin path of the file plugins alone: all that most tests need, and quickly scanned.
pub fn file_plugins() -> String {
    let directory = plugins();
    format!("{},{}", directory.join("file-source.wasm").display(), directory.join("file-sink.wasm").display())
}

/// A plugin path of the transforms, predicates and converters.
pub fn stage_plugins() -> String {
    let names = ["hash-field", "field-equals", "csv-converter", "hex-header-converter"];
    let files = names.map(|name| plugins().join(format!("{name}.wasm")).display().to_string());
    files.join(",")
}

/// The directory of the plugins that users get, the ones with a language's runtime in them among them, which are large.
pub fn all_plugins() -> PathBuf {
    let directory = plugins();
    existing(directory.join("datagen-source.wasm"));
    existing(directory.join("csv-sink.wasm"));
    existing(directory.join("http-poll-source.wasm"));
    existing(directory.join("syslog-source.wasm"));
    directory
}

/// What makes components of Python plugins.
pub fn componentize_py() -> PathBuf {
    existing(target().join("componentize-py"))
}

/// The directory of the Python guests of `tests/python-guests`.
pub fn python_guests() -> PathBuf {
    let directory = target().join("test-python-path");
    existing(directory.join("python-guests.wasm"));
    directory
}

/// A plugin in Go, alone.
pub fn go_plugin(name: &str) -> String {
    existing(plugins().join(format!("{name}.wasm"))).display().to_string()
}

/// The directory of the Go guests of `tests/go-guests`.
pub fn go_guests() -> PathBuf {
    let directory = target().join("test-go-path");
    existing(directory.join("go-guests.wasm"));
    directory
}

/// The directory of the C guests of `tests/c-guests`.
pub fn c_guests() -> PathBuf {
    let directory = target().join("test-c-path");
    existing(directory.join("c-guests.wasm"));
    directory
}

/// The compiler of C.
pub fn zig() -> PathBuf {
    existing(target().join("zig"))
}

/// The program that makes components of core modules.
pub fn wasm_tools() -> PathBuf {
    existing(target().join("wasm-tools/bin/wasm-tools"))
}

/// The JavaScript SDK, compiled, and beside its tools.
pub fn javascript_sdk() -> PathBuf {
    existing(target().join("javascript/sdk"))
}

/// The directory of the JavaScript guests of `tests/javascript-guests`.
pub fn javascript_guests() -> PathBuf {
    let directory = target().join("test-javascript-path");
    existing(directory.join("javascript-guests.wasm"));
    directory
}

/// The directory of the plugins that misbehave.
pub fn test_plugins() -> PathBuf {
    let directory = target().join("test-plugin-path");
    existing(directory.join("test-guests.wasm"));
    directory
}

/// The directory of the plugins that the bench compares languages by.
pub fn bench_plugins() -> PathBuf {
    existing(target().join("bench-plugin-path"))
}

/// The program that says what the sandbox costs.
pub fn sandbox_costs() -> PathBuf {
    existing(target().join("release/examples/sandbox_costs"))
}

/// The directory of components that are no plugins.
pub fn broken_components() -> PathBuf {
    let directory = target().join("test-broken-path");
    existing(directory.join("no-plugin.wasm"));
    directory
}

/// The script that runs Kafka.
pub fn kafka_script() -> PathBuf {
    existing(repository().join("tests/kafka/kafka.sh"))
}

/// The script that runs published REST clients.
pub fn clients_script() -> PathBuf {
    existing(target().join("clients/maven/libs"));
    existing(repository().join("tests/scripts/clients.sh"))
}

/// Where the script keeps Kafka's jars.
pub fn kafka_jars() -> PathBuf {
    target().join("kafka")
}

/// Where the script keeps the jars of a release of Java Connect.
pub fn java_connect(libs: &str) -> PathBuf {
    existing(kafka_jars().join(libs))
}

/// A plugin path for Java Connect, with connectors that we have no plugins for.
pub fn java_plugins() -> PathBuf {
    existing(kafka_jars().join("connect-plugins"))
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{} is missing; `make test` builds everything that the tests need", path.display());
    path
}
