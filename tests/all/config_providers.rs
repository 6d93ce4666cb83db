//! Promise: `${provider:path:key}` is resolved in the worker only; REST shows the reference, and a changed value restarts the connector.

use serde_json::json;
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::WorkerOptions;

const FILE_PROVIDER: &str = "org.apache.kafka.common.config.provider.FileConfigProvider";

fn options(directory: &TempDir) -> WorkerOptions {
    WorkerOptions::new(directory, Kafka::shared())
        .set("config.providers", "secrets,environment")
        .set("config.providers.secrets.class", FILE_PROVIDER)
        .set("config.providers.secrets.param.allowed.paths", directory.path().display().to_string())
        .set("config.providers.secrets.param.ttl.ms", "300")
        .set("config.providers.environment.class", "org.apache.kafka.common.config.provider.EnvVarConfigProvider")
}

#[test]
fn references_stay_in_rest_and_values_reach_the_plugin() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("config-providers");
    let topic = kafka.unique_topic("providers");
    let (first, second) = (directory.write("first.txt", "one\n"), directory.write("second.txt", "two\n"));
    let secrets = directory.write("secrets.properties", format!("input={}\n", first.display()));
    let offsets = directory.write("worker.secrets", format!("offsets={}\n", directory.file("kept.offsets").display()));
    let worker = options(&directory)
        .set("offset.storage.file.filename", format!("${{secrets:{}:offsets}}", offsets.display()))
        .start();
    let rest = worker.rest();

    let reference = format!("${{secrets:{}:input}}", secrets.display());
    let config = with(file_source(&first, &topic), json!({ "file": reference, "x": "${vault:a:b}" }));
    rest.create("resolved", config.clone());
    let has = |lines: &[&str]| {
        let found = Topics::new(kafka).values(&topic);
        if found == lines { Ok(()) } else { Err(format!("the topic has {found:?}")) }
    };
    wait_for("the first file's line", seconds(60), || has(&["one"]));
    let shown = rest.get("/connectors/resolved").expect(200).json();
    assert_eq!(shown["config"]["file"], reference);
    assert_eq!(shown["config"]["x"], "${vault:a:b}");
    let tasks = rest.get("/connectors/resolved/tasks").expect(200).json();
    assert_eq!(tasks[0]["config"]["file"], reference);

    directory.write("secrets.properties", format!("input={}\n", second.display()));
    wait_for("the second file's line", seconds(60), || has(&["one", "two"]));
    assert!(worker.log().contains("Restarting connector resolved: a value of a config provider has changed"));
    rest.assert_nothing_failed("resolved");
    wait_for("offsets where the provider said", seconds(30), || {
        if directory.file("kept.offsets").exists() { Ok(()) } else { Err("no such file".to_owned()) }
    });

    // What may not be read is no value; the file connector is refused a file of that name.
    let outside = with(config, json!({ "file": "${secrets:/etc/passwd:root}" }));
    let refused = rest.put("/connectors/outside/config", &outside);
    assert!(refused.error(400).contains("${secrets:/etc/passwd:root}"), "{}", refused.body);
    assert!(worker.log().contains("The path /etc/passwd is not permitted to be accessed"));
}

#[test]
fn a_provider_that_is_not_there_is_refused_at_the_start() {
    let directory = TempDir::new("config-providers-unknown");
    let mut command =
        options(&directory).set("config.providers.secrets.class", "com.vault.VaultConfigProvider").command();
    let output = command.output().expect("the worker can be started");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("com.vault.VaultConfigProvider") && said.contains(FILE_PROVIDER), "{said}");
}
