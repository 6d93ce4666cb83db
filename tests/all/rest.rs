//! Promise: REST answers with Java Connect's shapes, status codes and messages.

use serde_json::{Value, json};
use wasm_connect_tests::connectors::{FILE_SINK, FILE_SOURCE, file_sink, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::rest::Rest;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

fn start(name: &str) -> (TempDir, Pair, Worker) {
    let kafka = Kafka::shared();
    let directory = TempDir::new(name);
    let pair = Pair::new(&directory, kafka, name);
    let worker = WorkerOptions::new(&directory, kafka).start();
    (directory, pair, worker)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("not an object: {value}")).keys().map(String::as_str).collect()
}

fn wait_for_state(rest: &Rest, name: &str, connector: &str, task: &str) {
    wait_for(&format!("{name} is {connector}, its task {task}"), seconds(30), || {
        let status = rest.status(name)?;
        let same = status["connector"]["state"] == connector && status["tasks"][0]["state"] == task;
        if same { Ok(()) } else { Err(status.to_string()) }
    });
}

// === the worker and its plugins

#[test]
fn the_root_tells_the_version_and_the_kafka_cluster() {
    let (_directory, _pair, worker) = start("rest-root");
    let info = worker.rest().get("/").expect(200).json();
    assert_eq!(keys(&info), ["version", "commit", "kafka_cluster_id"]);
    assert!(info["kafka_cluster_id"].as_str().is_some_and(|id| !id.is_empty()), "{info}");
    assert_eq!(worker.rest().get("/connectors").expect(200).json(), json!([]));
    assert_eq!(worker.rest().get("/connectors/").expect(200).json(), json!([]));
}

#[test]
fn plugins_are_listed_by_class() {
    let (_directory, _pair, worker) = start("rest-plugins");
    let plugins = worker.rest().get("/connector-plugins").expect(200).json();
    let expected = json!([
        { "class": FILE_SINK, "type": "sink", "version": "4.3.1" },
        { "class": FILE_SOURCE, "type": "source", "version": "4.3.1" },
    ]);
    assert_eq!(plugins, expected);
    assert_eq!(keys(&plugins[0]), ["class", "type", "version"]);
}

// === a connector's life

#[test]
fn a_connector_is_created_shown_and_deleted() {
    let (_directory, pair, worker) = start("rest-life");
    let rest = worker.rest();
    append(&pair.input, "line\n");
    let config = with(file_source(&pair.input, &pair.topic), json!({ "tasks.max": 2 }));
    let created = rest.post("/connectors", &json!({ "name": " source ", "config": config })).expect(201);
    assert!(created.header("location").is_some_and(|url| url.ends_with("/connectors/source")), "{created:?}");
    assert_eq!(created.header("content-type"), Some("application/json"));
    let created = created.json();
    assert_eq!(keys(&created), ["name", "config", "tasks", "type"]);
    assert_eq!((&created["name"], &created["type"]), (&json!("source"), &json!("source")));
    // A standalone worker answers when the tasks are made.
    assert_eq!(created["tasks"], json!([{ "connector": "source", "task": 0 }]));
    assert_eq!(created["config"]["name"], "source");
    assert_eq!(created["config"]["tasks.max"], "2", "numbers become text");

    rest.wait_running("source", 1);
    let info = rest.get("/connectors/source").expect(200).json();
    assert_eq!(info["tasks"], json!([{ "connector": "source", "task": 0 }]));
    assert_eq!(rest.get("/connectors").expect(200).json(), json!(["source"]));
    assert_eq!(rest.get("/connectors/source/config").expect(200).json(), info["config"]);
    let conflict = rest.post("/connectors", &json!({ "name": "source", "config": info["config"] }));
    assert_eq!(conflict.error(409), "Connector source already exists");

    rest.delete("/connectors/source").expect(204);
    assert_eq!(rest.get("/connectors").expect(200).json(), json!([]));
    assert_eq!(rest.get("/connectors/source").error(404), "Connector source not found");
    assert_eq!(rest.delete("/connectors/source").error(404), "Connector source not found");
}

#[test]
fn status_and_tasks_have_javas_shapes() {
    let (_directory, pair, worker) = start("rest-status");
    let rest = worker.rest();
    pair.create(&worker);
    rest.wait_running("source", 1);
    let status = rest.get("/connectors/source/status").expect(200).json();
    assert_eq!(keys(&status), ["name", "connector", "tasks", "type"]);
    assert_eq!(keys(&status["connector"]), ["state", "worker_id", "version"]);
    assert_eq!(keys(&status["tasks"][0]), ["id", "state", "worker_id", "version"]);
    let id = rest.url().replace("http://", "");
    assert_eq!((&status["connector"]["worker_id"], &status["connector"]["version"]), (&json!(id), &json!("4.3.1")));
    assert_eq!(rest.get("/connectors/source/tasks/0/status").expect(200).json(), status["tasks"][0]);

    let tasks = rest.get(&format!("/connectors/{}/tasks", pair.sink)).expect(200).json();
    assert_eq!(keys(&tasks[0]), ["id", "config"]);
    assert_eq!(tasks[0]["id"], json!({ "connector": pair.sink, "task": 0 }));
    assert_eq!(tasks[0]["config"]["task.class"], "org.apache.kafka.connect.file.FileStreamSinkTask");
    assert_eq!(tasks[0]["config"]["topics"], pair.topic);

    let all = rest.get("/connectors?expand=status&expand=info&expand=bogus").expect(200).json();
    assert_eq!(all["source"]["status"]["name"], "source");
    assert_eq!(all[&pair.sink]["info"]["type"], "sink");
}

#[test]
fn put_config_creates_then_updates() {
    let (directory, pair, worker) = start("rest-put");
    let rest = worker.rest();
    append(&pair.input, "line\n");
    let config = file_source(&pair.input, &pair.topic);
    let created = rest.put("/connectors/source/config", &config).expect(201);
    assert!(created.header("location").is_some(), "{created:?}");
    rest.wait_running("source", 1);

    let other = directory.write("other.txt", "from the other file\n");
    let updated = rest.put("/connectors/source/config", &file_source(&other, &pair.topic)).expect(200).json();
    assert_eq!(updated["config"]["file"], json!(other));
    rest.create(&pair.sink, file_sink(&pair.topic, &pair.output));
    wait_for("the line of the other file has arrived", seconds(60), || {
        let text = std::fs::read_to_string(&pair.output).unwrap_or_default();
        if text.ends_with("from the other file\n") { Ok(()) } else { Err(text) }
    });
}

#[test]
fn a_paused_connector_moves_nothing_until_it_is_resumed() {
    let (_directory, pair, worker) = start("rest-pause");
    let rest = worker.rest();
    append(&pair.input, "before\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "before\n");

    assert_eq!(rest.request("PUT", &format!("/connectors/{}/pause", pair.sink), None).expect(202).body, "");
    wait_for_state(rest, &pair.sink, "PAUSED", "PAUSED");
    append(&pair.input, "meanwhile\n");
    let topics = wasm_connect_tests::topic::Topics::new(Kafka::shared());
    wait_for("the source goes on", seconds(30), || match topics.end(&pair.topic, 0) {
        2 => Ok(()),
        end => Err(format!("{end} records")),
    });
    assert_eq!(std::fs::read_to_string(&pair.output).expect("output"), "before\n");

    rest.request("PUT", &format!("/connectors/{}/resume", pair.sink), None).expect(202);
    wait_for_state(rest, &pair.sink, "RUNNING", "RUNNING");
    wait_for_text(&worker, &pair.output, "before\nmeanwhile\n");
}

#[test]
fn a_paused_source_stays_where_it_is() {
    let (_directory, pair, worker) = start("rest-pause-source");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\n");
    rest.request("PUT", "/connectors/source/pause", None).expect(202);
    wait_for_state(rest, "source", "PAUSED", "PAUSED");
    rest.request("PUT", "/connectors/source/resume", None).expect(202);
    wait_for_state(rest, "source", "RUNNING", "RUNNING");
    append(&pair.input, "two\n");
    wait_for_text(&worker, &pair.output, "one\ntwo\n");
}

#[test]
fn restarts_answer_as_java_does() {
    let (_directory, pair, worker) = start("rest-restart");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\n");
    rest.request("POST", "/connectors/source/restart", None).expect(204);
    rest.wait_running("source", 1);
    let restarted = rest.request("POST", "/connectors/source/restart?includeTasks=true", None).expect(202).json();
    assert_eq!(restarted["connector"]["state"], "RESTARTING", "{restarted}");
    assert_eq!(restarted["tasks"][0]["state"], "RESTARTING", "{restarted}");
    rest.wait_running("source", 1);
    let path = "/connectors/source/restart?includeTasks=true&onlyFailed=true";
    let untouched = rest.request("POST", path, None).expect(202).json();
    assert_eq!(untouched["connector"]["state"], "RUNNING", "{untouched}");
    rest.request("POST", "/connectors/source/tasks/0/restart", None).expect(204);
    rest.wait_running("source", 1);

    let missing = |path: &str| rest.request("POST", path, None).error(404);
    assert_eq!(missing("/connectors/nope/restart"), "Connector nope not found");
    assert_eq!(missing("/connectors/source/tasks/7/restart"), "Task source-7 not found");
    assert_eq!(missing("/connectors/source/tasks/abc/restart"), "HTTP 404 Not Found");

    append(&pair.input, "two\n");
    wait_for_text(&worker, &pair.output, "one\ntwo\n");
}

#[test]
fn a_connector_begins_in_the_state_that_is_asked_for() {
    let (_directory, pair, worker) = start("rest-initial-state");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    let create = |name: &str, state: &str| {
        let config = file_source(&pair.input, &pair.topic);
        let body = json!({ "name": name, "config": config, "initial_state": state });
        rest.post("/connectors", &body).expect(201).json()
    };
    let is = |name: &str, state: &str| {
        wait_for(&format!("{name} is {state}"), seconds(30), || {
            let status = rest.status(name)?;
            if status["connector"]["state"] == state { Ok(status) } else { Err(status.to_string()) }
        })
    };
    assert_eq!(create("stopped", "stopped")["tasks"], json!([]));
    assert_eq!(is("stopped", "STOPPED")["tasks"], json!([]));
    create("paused", "PAUSED");
    assert_eq!(is("paused", "PAUSED")["connector"]["state"], "PAUSED");
    create("running", "Running");
    rest.wait_running("running", 1);
    for name in ["stopped", "paused"] {
        rest.request("PUT", &format!("/connectors/{name}/resume"), None).expect(202);
        rest.wait_running(name, 1);
    }
}

#[test]
fn a_stopped_connector_has_no_tasks_until_it_is_resumed() {
    let (_directory, pair, worker) = start("rest-stop");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\n");
    assert_eq!(rest.request("PUT", "/connectors/source/stop", None).expect(204).body, "");
    assert_eq!(rest.get("/connectors/source/tasks").expect(200).json(), json!([]));
    assert_eq!(rest.get("/connectors/source").expect(200).json()["tasks"], json!([]));
    wait_for("the connector is STOPPED", seconds(30), || {
        let status = rest.status("source")?;
        let is = status["connector"]["state"] == "STOPPED" && status["tasks"] == json!([]);
        if is { Ok(()) } else { Err(status.to_string()) }
    });
    assert_eq!(rest.get("/connectors/source/tasks/0/status").error(404), "No status found for task source-0");
    assert_eq!(rest.request("PUT", "/connectors/nope/stop", None).error(404), "Unknown connector nope");
    append(&pair.input, "two\n");
    rest.request("PUT", "/connectors/source/resume", None).expect(202);
    rest.wait_running("source", 1);
    wait_for_text(&worker, &pair.output, "one\ntwo\n");
}

#[test]
fn the_topics_of_a_connector_are_listed_until_they_are_reset() {
    let (_directory, pair, worker) = start("rest-topics");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    pair.create(&worker);
    wait_for_text(&worker, &pair.output, "one\n");
    for connector in ["source", pair.sink.as_str()] {
        let topics = rest.get(&format!("/connectors/{connector}/topics")).expect(200).json();
        assert_eq!(topics, json!({ connector: { "topics": [pair.topic] } }));
        assert_eq!(rest.request("PUT", &format!("/connectors/{connector}/topics/reset"), None).expect(202).body, "");
        let topics = rest.get(&format!("/connectors/{connector}/topics")).expect(200).json();
        assert_eq!(topics, json!({ connector: { "topics": [] } }));
    }
    assert_eq!(rest.get("/connectors/nope/topics").expect(200).body, r#"{"nope":{"topics":[]}}"#);
    rest.request("PUT", "/connectors/nope/topics/reset", None).expect(202);
}

#[test]
fn topics_are_not_told_where_they_are_not_tracked() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("rest-topics-off");
    let worker = WorkerOptions::new(&directory, kafka).set("topic.tracking.allow.reset", "false").start();
    let reset = worker.rest().request("PUT", "/connectors/x/topics/reset", None);
    assert_eq!(reset.error(403), "Topic tracking reset is disabled.");
    drop(worker);
    let worker = WorkerOptions::new(&directory, kafka).set("topic.tracking.enable", "false").start();
    assert_eq!(worker.rest().get("/connectors/x/topics").error(403), "Topic tracking is disabled.");
    let reset = worker.rest().request("PUT", "/connectors/x/topics/reset", None);
    assert_eq!(reset.error(403), "Topic tracking is disabled.");
}

#[test]
fn the_keys_of_a_plugin_are_told_by_version() {
    let (_directory, _pair, worker) = start("rest-plugin-version");
    let rest = worker.rest();
    let path = |version: &str| format!("/connector-plugins/FileStreamSink/config?version={version}");
    let newest = rest.get("/connector-plugins/FileStreamSink/config").expect(200).json();
    assert_eq!(newest[0]["name"], "file");
    for version in ["latest", "4.3.1", "%5B4.3,5)"] {
        assert_eq!(rest.get(&path(version)).expect(200).json(), newest, "{version}");
    }
    assert_eq!(rest.get(&path("%5B")).error(400), "Invalid version specification: [");
    let expected =
        format!("Plugin {FILE_SINK} not found that matches the version range [1.0,1.0], available versions: [4.3.1]");
    assert_eq!(rest.get(&path("1.0")).error(400), expected);
    assert_eq!(rest.get("/connector-plugins/Nope/config").error(404), "Unknown plugin Nope.");
}

#[test]
fn a_connector_may_have_any_name_that_a_path_can_hold() {
    let (_directory, pair, worker) = start("rest-names");
    let rest = worker.rest();
    append(&pair.input, "one\n");
    for (name, encoded) in [("a/b c", "a%2Fb%20c"), ("ü%?#", "%C3%BC%25%3F%23"), ("..", "%2E%2E")] {
        let config = file_source(&pair.input, &pair.topic);
        let created = rest.post("/connectors", &json!({ "name": name, "config": config })).expect(201);
        let location = created.header("location").expect("a location").to_owned();
        rest.wait_running(encoded, 1);
        assert_eq!(rest.get(&format!("/connectors/{encoded}")).expect(200).json()["name"], name);
        rest.get(location.strip_prefix(&rest.url()).expect("a URL of the worker")).expect(200);
        rest.request("PUT", &format!("/connectors/{encoded}/stop"), None).expect(204);
        rest.delete(&format!("/connectors/{encoded}/offsets")).expect(200);
        rest.delete(&format!("/connectors/{encoded}")).expect(204);
    }
}

// === bad requests

#[test]
fn unknown_names_are_404_with_javas_messages() {
    let (_directory, _pair, worker) = start("rest-404");
    let rest = worker.rest();
    for (method, path, message) in [
        ("GET", "/connectors/nope", "Connector nope not found"),
        ("GET", "/connectors/nope/config", "Connector nope not found"),
        ("GET", "/connectors/nope/status", "No status found for connector nope"),
        ("GET", "/connectors/nope/tasks", "Connector nope not found"),
        ("GET", "/connectors/nope/tasks/0/status", "No status found for task nope-0"),
        ("PUT", "/connectors/nope/pause", "Unknown connector nope"),
        ("PUT", "/connectors/nope/resume", "Unknown connector nope"),
        ("DELETE", "/connectors/nope", "Connector nope not found"),
        ("GET", "/nope", "HTTP 404 Not Found"),
    ] {
        let answer = rest.request(method, path, None);
        assert_eq!(answer.error(404), message, "{method} {path}");
    }
    assert_eq!(rest.delete("/connectors").error(405), "HTTP 405 Method Not Allowed");
}

#[test]
fn bad_bodies_are_refused_with_a_reason() {
    let (_directory, _pair, worker) = start("rest-bad-bodies");
    let rest = worker.rest();
    for body in ["{bad", "", "[]", "{}", r#"{"name":"x"}"#, r#"{"name":"x","foo":1,"config":{}}"#] {
        let answer = rest.request("POST", "/connectors", Some(body));
        assert!((400..500).contains(&answer.status), "{body:?}: {answer:?}");
        assert!(!answer.error(answer.status).is_empty(), "{body:?}: {answer:?}");
    }
    rest.put("/connectors/x/config", &json!([])).error(400);
    assert_eq!(rest.get("/connectors").expect(200).json(), json!([]), "nothing was created");
}

#[test]
fn bad_configurations_are_400_with_javas_messages() {
    let (_directory, _pair, worker) = start("rest-400");
    let rest = worker.rest();
    let create =
        |name: &str, config: Value| rest.post("/connectors", &json!({ "name": name, "config": config })).error(400);
    let footer = "\nYou can also find the above list of errors at the endpoint \
                  `/connector-plugins/{connectorType}/config/validate`";
    let invalid = |errors: &[&str]| {
        let count = errors.len();
        format!(
            "Connector configuration is invalid and contains the following {count} error(s):\n{}{footer}",
            errors.join("\n")
        )
    };
    assert_eq!(create("x", json!({})), "Connector config {name=x} contains no connector type");
    let unknown = create("x", json!({ "connector.class": "Nope" }));
    let expected =
        "Failed to find any class that implements Connector and which name matches Nope, available connectors are: ";
    assert!(unknown.starts_with(expected) && unknown.contains(FILE_SOURCE), "{unknown}");
    assert_eq!(
        create("x", json!({ "name": "y", "connector.class": "FileStreamSource" })),
        "Connector name configuration (y) doesn't match connector name in the URL (x)"
    );
    assert_eq!(
        create("x", json!({ "connector.class": "FileStreamSource" })),
        invalid(&["Missing required configuration \"topic\" which has no default value."])
    );
    assert_eq!(
        create("", json!({ "connector.class": "FileStreamSource", "topic": "t" })),
        invalid(&["Invalid value  for configuration name: String may not be empty"])
    );
    let many =
        json!({ "connector.class": "FileStreamSource", "topic": "t", "tasks.max": "0", "errors.tolerance": "foo" });
    let expected = [
        "Invalid value 0 for configuration tasks.max: Value must be at least 1",
        "Invalid value foo for configuration errors.tolerance: String must be one of: none, all",
    ];
    assert_eq!(create("x", many), invalid(&expected));
    let neither = "Must configure one of topics or topics.regex";
    assert_eq!(create("x", json!({ "connector.class": "FileStreamSink" })), invalid(&[neither, neither]));
}

// === validation

#[test]
fn validation_answers_definitions_values_and_errors() {
    let (_directory, pair, worker) = start("rest-validate");
    let rest = worker.rest();
    let good = with(file_source(&pair.input, &pair.topic), json!({ "name": "source" }));
    let infos = rest.put("/connector-plugins/FileStreamSource/config/validate", &good).expect(200).json();
    assert_eq!(keys(&infos), ["name", "error_count", "groups", "configs"]);
    assert_eq!((&infos["name"], &infos["error_count"]), (&json!("FileStreamSource"), &json!(0)));
    let batch_size = config(&infos, "batch.size");
    assert_eq!(keys(batch_size), ["definition", "value"]);
    let definition = [
        "name",
        "type",
        "required",
        "default_value",
        "importance",
        "documentation",
        "group",
        "order_in_group",
        "width",
        "display_name",
        "dependents",
    ];
    assert_eq!(keys(&batch_size["definition"]), definition);
    assert_eq!(
        (&batch_size["definition"]["type"], &batch_size["definition"]["default_value"]),
        (&json!("INT"), &json!("2000"))
    );
    assert_eq!(keys(&batch_size["value"]), ["name", "value", "recommended_values", "errors", "visible"]);
    assert_eq!(batch_size["value"]["value"], "2000");

    let bad = with(good, json!({ "batch.size": "many", "topic": "" }));
    let infos = rest.put("/connector-plugins/FileStreamSource/config/validate", &bad).expect(200).json();
    assert_eq!(infos["error_count"], 2, "{infos}");
    let errors = &config(&infos, "batch.size")["value"]["errors"];
    assert_eq!(errors, &json!(["Invalid value many for configuration batch.size: Not a number of type INT"]));
}

#[test]
fn validation_of_another_plugin_or_without_a_class_is_refused() {
    let (_directory, _pair, worker) = start("rest-validate-bad");
    let rest = worker.rest();
    let body = json!({ "connector.class": "FileStreamSource" });
    assert_eq!(
        rest.put("/connector-plugins/FileStreamSink/config/validate", &body).error(400),
        "Included connector type FileStreamSource does not match request type FileStreamSink"
    );
    let answer = rest.put("/connector-plugins/FileStreamSink/config/validate", &json!({}));
    assert!(answer.error(answer.status).ends_with("Connector config {} contains no connector type"), "{answer:?}");
}

/// The entry of one key in a validation's answer.
fn config<'a>(infos: &'a Value, key: &str) -> &'a Value {
    let configs = infos["configs"].as_array().unwrap_or_else(|| panic!("no configs: {infos}"));
    configs.iter().find(|config| config["value"]["name"] == key).unwrap_or_else(|| panic!("no {key} in {infos}"))
}
