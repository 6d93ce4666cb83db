//! Promise: values go through topics with their schemas in a registry, and what the registry does never loses a record.

use rdkafka::message::Message;
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_sink, file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::identity::Identity;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::ports;
use wasm_connect_tests::schema_registry::{Mood, SchemaRegistry};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

const AVRO: &str = "io.confluent.connect.avro.AvroConverter";
const JSON_SCHEMA: &str = "io.confluent.connect.json.JsonSchemaConverter";
const PROTOBUF: &str = "io.confluent.connect.protobuf.ProtobufConverter";

/// A registry, a worker, and names for a source and a sink.
struct Scene {
    kafka: &'static Kafka,
    registry: SchemaRegistry,
    worker: Worker,
    pair: Pair,
    class: &'static str,
    _directory: TempDir,
}

impl Scene {
    fn new(name: &str, class: &'static str) -> Self {
        Self::with_registry(name, class, SchemaRegistry::start())
    }

    fn with_registry(name: &str, class: &'static str, registry: SchemaRegistry) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        let pair = Pair::new(&directory, kafka, name);
        kafka.create_topic(&pair.topic, 1);
        let worker = WorkerOptions::new(&directory, kafka).start();
        Self { kafka, registry, worker, pair, class, _directory: directory }
    }

    /// The converter, which gives up quickly.
    fn converter(&self) -> Value {
        json!({
            "value.converter": self.class,
            "value.converter.schema.registry.url": self.registry.url(),
            "value.converter.max.retries": "0",
        })
    }

    /// A source whose records are structs of a line and a constant.
    fn create_source(&self, lines: &str, more: Value) {
        append(&self.pair.input, lines);
        let structs = json!({
            "transforms": "hoist,insert,name",
            "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
            "transforms.hoist.field": "line",
            "transforms.insert.type": "org.apache.kafka.connect.transforms.InsertField$Value",
            "transforms.insert.static.field": "origin",
            "transforms.insert.static.value": "file",
            "transforms.name.type": "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value",
            "transforms.name.schema.name": "com.example.Line",
        });
        let config = with(file_source(&self.pair.input, &self.pair.topic), with(self.converter(), structs));
        self.worker.rest().create("source", with(config, more));
    }

    fn create_sink(&self, more: Value) {
        let config = with(file_sink(&self.pair.topic, &self.pair.output), self.converter());
        self.worker.rest().create(&self.pair.sink, with(config, more));
    }

    /// The values of the topic.
    fn values(&self) -> Vec<Vec<u8>> {
        let mut values = Vec::new();
        Topics::new(self.kafka).read(&self.pair.topic, 1, |message| {
            values.push(message.payload().unwrap_or_default().to_vec());
        });
        values
    }

    fn subject(&self) -> String {
        format!("{}-value", self.pair.topic)
    }
}

#[test]
fn avro_there_and_back() {
    let scene = Scene::new("avro", AVRO);
    scene.create_source("one\ntwo\n", json!({}));
    scene.create_sink(json!({}));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
    assert_eq!(scene.values(), [b"\0\0\0\0\x01\x06one\x02\x08file", b"\0\0\0\0\x01\x06two\x02\x08file"]);
    let schema = concat!(
        r#"{"type":"record","name":"Line","namespace":"com.example","fields":[{"name":"line","type":"string"},"#,
        r#"{"name":"origin","type":["null","string"],"default":null}],"connect.name":"com.example.Line"}"#
    );
    assert_eq!(scene.registry.versions(&scene.subject()), [schema]);
    assert_eq!(scene.registry.requests("POST /subjects/"), 2, "one registers, one asks for the version");
    assert_eq!(scene.registry.requests("GET /schemas/ids/"), 1, "schemas are remembered");
}

#[test]
fn json_schema_there_and_back() {
    let scene = Scene::new("json-schema", JSON_SCHEMA);
    scene.create_source("one\n", json!({}));
    wait_until("a good message is there", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 1);
    let garbage = scene.pair.input.with_extension("garbage");
    append(&garbage, "\0\0\0\0\x01{oops\n");
    scene.worker.rest().create("garbage", file_source(&garbage, &scene.pair.topic));
    wait_until("garbage is there", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 2);
    append(&scene.pair.input, "two\n");
    scene.create_sink(json!({ "errors.tolerance": "all" }));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
    assert_eq!(scene.values()[0], b"\0\0\0\0\x01{\"line\":\"one\",\"origin\":\"file\"}");
    let schema = concat!(
        r#"{"type":"object","title":"com.example.Line","properties":{"line":{"type":"string","connect.index":0},"#,
        r#""origin":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":1}}}"#
    );
    assert_eq!(scene.registry.versions(&scene.subject()), [schema]);
}

#[test]
fn protobuf_there_and_back() {
    let scene = Scene::new("protobuf", PROTOBUF);
    scene.create_source("one\ntwo\n", json!({}));
    scene.create_sink(json!({}));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
    assert_eq!(scene.values(), [b"\0\0\0\0\x01\0\x0a\x03one\x12\x04file", b"\0\0\0\0\x01\0\x0a\x03two\x12\x04file"]);
    let schema =
        "syntax = \"proto3\";\npackage com.example;\n\nmessage Line {\n  string line = 1;\n  string origin = 2;\n}\n";
    assert_eq!(scene.registry.versions(&scene.subject()), [schema]);
    assert_eq!(scene.registry.requests("POST /subjects/"), 2, "one registers, one asks for the version");
    assert_eq!(scene.registry.requests("GET /schemas/ids/"), 1, "schemas are remembered");
}

#[test]
fn protobuf_of_somebody_else_with_references_is_read() {
    let scene = Scene::new("protobuf-references", PROTOBUF);
    scene.registry.register("deep", "PROTOBUF", "syntax = \"proto3\"; package deep; enum E { A = 0; B = 1; }");
    let common =
        "syntax = \"proto3\"; package common; import \"deep.proto\"; message Name { string text = 2; deep.E e = 3; }";
    scene.registry.register_with_references("common", "PROTOBUF", common, &[("deep.proto", "deep")]);
    let schema =
        "syntax = \"proto3\"; import \"common.proto\"; message First { } message Second { common.Name name = 2; }";
    let references = [("common.proto", "common")];
    let id = scene.registry.register_with_references(&scene.subject(), "PROTOBUF", schema, &references);
    assert_eq!(id, 3);
    // A message that the schema does not have, one that is cut off, the second message, and one of another type of schema.
    let messages =
        ["\0\0\0\0\x03\x02\x08\x12", "\0\0\0\0\x03\x02\x02\x12\x05", "\0\0\0\0\x03\x02\x02\x12\x07\x12\x03abc\x18\x01"];
    append(&scene.pair.input, &format!("{}\n", messages.join("\n")));
    scene.worker.rest().create("messages", file_source(&scene.pair.input, &scene.pair.topic));
    wait_until("they are there", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 3);
    scene.create_sink(json!({ "errors.tolerance": "all" }));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{name=Struct{text=abc,e=B}}\n");
}

#[test]
fn avro_of_somebody_else_with_references_is_read() {
    let scene = Scene::new("avro-references", AVRO);
    let common = r#"{"type":"record","name":"common.Name","fields":[{"name":"text","type":"string"}]}"#;
    scene.registry.register("common", "AVRO", common);
    let schema = r#"{"type":"record","name":"Person","fields":[{"name":"name","type":"common.Name"}]}"#;
    scene.registry.register_with_references(&scene.subject(), "AVRO", schema, &[("common.Name", "common")]);
    append(&scene.pair.input, "\0\0\0\0\x02\x06abc\n");
    scene.worker.rest().create("messages", file_source(&scene.pair.input, &scene.pair.topic));
    scene.create_sink(json!({}));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{name=Struct{text=abc}}\n");
}

#[test]
fn one_of_several_registries_with_tls_and_a_token_is_enough() {
    let authority = Identity::authority();
    let registry = SchemaRegistry::start_with_tls(&authority.of("127.0.0.1"));
    let scene = Scene::with_registry("registry-tls", PROTOBUF, registry);
    scene.registry.require_authorization("Bearer t0ken");
    let trusting = |authority: &Identity| {
        json!({
            "value.converter.schema.registry.url": format!("https://127.0.0.1:{},{}", ports::free(), scene.registry.url()),
            "value.converter.schema.registry.ssl.truststore.type": "PEM",
            "value.converter.schema.registry.ssl.truststore.certificates": String::from_utf8_lossy(&authority.pem()),
            "value.converter.bearer.auth.token": "t0ken",
        })
    };
    scene.create_source("one\n", trusting(&Identity::authority()));
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(60));
    assert!(trace.contains("certificate") && !trace.contains("t0ken"), "{trace}");
    scene.worker.rest().delete("/connectors/source").expect(204);
    scene.create_source("", trusting(&authority));
    scene.create_sink(trusting(&authority));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\n");
}

#[test]
fn subjects_are_named_and_versions_chosen_as_configured() {
    let scene = Scene::new("avro-subjects", AVRO);
    let subject = format!("{}-com.example.Line", scene.pair.topic);
    let latest = r#"{"type":"record","name":"Line","namespace":"com.example","fields":[
        {"name":"added","type":"int","default":3},{"name":"line","type":"string"}]}"#;
    scene.registry.register(&subject, "AVRO", latest);
    let chosen = json!({
        "value.converter.value.subject.name.strategy": "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy",
        "value.converter.auto.register.schemas": "false",
        "value.converter.use.latest.version": "true",
    });
    scene.create_source("one\n", chosen);
    scene.create_sink(json!({}));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{added=3,line=one}\n");
    assert_eq!(scene.registry.subjects(), [subject], "nothing was registered");
}

#[test]
fn a_registry_that_is_down_is_waited_for() {
    let scene = Scene::new("avro-down", AVRO);
    scene.registry.set_mood(Mood::Down);
    let patient =
        json!({ "errors.retry.timeout": "-1", "errors.retry.delay.max.ms": "300", "errors.tolerance": "all" });
    scene.create_source("one\ntwo\n", patient.clone());
    wait_until("the source asks again", seconds(60), || scene.registry.requests("POST") > 2);
    scene.registry.set_mood(Mood::Unavailable);
    let asked = scene.registry.requests("POST");
    wait_until("it asks on", seconds(60), || scene.registry.requests("POST") > asked + 1);
    assert_eq!(scene.worker.rest().status("source").expect("a status")["tasks"][0]["state"], "RUNNING");
    scene.registry.set_mood(Mood::Good);
    wait_until("both lines are in the topic", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 2);

    scene.registry.set_mood(Mood::Nonsense);
    scene.create_sink(patient);
    wait_until("the sink asks again", seconds(60), || scene.registry.requests("GET") > 2);
    scene.registry.set_mood(Mood::Good);
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
}

#[test]
fn a_task_that_gives_a_registry_up_fails_and_loses_nothing() {
    let scene = Scene::new("avro-gone", AVRO);
    let tolerant = json!({ "errors.tolerance": "all" });
    scene.registry.set_mood(Mood::Down);
    scene.create_source("one\ntwo\n", tolerant.clone());
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(60));
    for part in [&scene.registry.url(), &scene.subject(), &scene.pair.topic, "errors.retry.timeout is over"] {
        assert!(trace.contains(part), "{part}: {trace}");
    }
    scene.registry.set_mood(Mood::Good);
    scene.worker.rest().post("/connectors/source/tasks/0/restart", &Value::Null).expect(204);
    wait_until("both lines are in the topic", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 2);

    scene.registry.set_mood(Mood::Unavailable);
    scene.create_sink(tolerant);
    let trace = scene.worker.rest().wait_task_failed(&scene.pair.sink, 0, seconds(60));
    assert!(trace.contains("get the schema of id 1") && trace.contains("503"), "{trace}");
    scene.registry.set_mood(Mood::Good);
    scene.worker.rest().post(&format!("/connectors/{}/tasks/0/restart", scene.pair.sink), &Value::Null).expect(204);
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
}

#[test]
fn an_incompatible_schema_fails_the_task_and_says_why() {
    let scene = Scene::new("avro-409", AVRO);
    scene.registry.register(&scene.subject(), "AVRO", r#""int""#);
    scene.registry.freeze(&scene.subject());
    scene.create_source("one\n", json!({}));
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(60));
    for part in [&scene.registry.url(), &scene.subject(), "topic", "409", "incompatible with an earlier schema"] {
        assert!(trace.contains(part), "{part}: {trace}");
    }
}

#[test]
fn what_is_no_message_of_the_registry_goes_to_the_dead_letter_queue() {
    let scene = Scene::new("avro-garbage", AVRO);
    scene.create_source("one\n", json!({}));
    wait_until("a good message is there", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 1);
    // No magic byte, an id that nobody has, an id that is cut off.
    let garbage = scene.pair.input.with_extension("garbage");
    append(&garbage, "no magic byte\n\0\0\0\x7fxyz\n\0\x01\n\0\0\0\0\x01\x7f\n");
    scene.worker.rest().create("garbage", file_source(&garbage, &scene.pair.topic));
    wait_until("garbage is there", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 5);
    append(&scene.pair.input, "two\n");
    wait_until("another good one", seconds(60), || Topics::new(scene.kafka).end(&scene.pair.topic, 0) == 6);
    let queue = scene.kafka.unique_topic("avro-letters");
    scene.create_sink(json!({
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": queue,
        "errors.deadletterqueue.topic.replication.factor": "1",
    }));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\nStruct{line=two,origin=file}\n");
    wait_for("four letters", seconds(60), || match Topics::new(scene.kafka).end(&queue, 0) {
        4 => Ok(()),
        found => Err(format!("{found}")),
    });
    let letters = Topics::new(scene.kafka).values(&queue);
    assert_eq!(letters, ["no magic byte", "\0\0\0\x7fxyz", "\0\x01", "\0\0\0\0\x01\x7f"]);
}

#[test]
fn a_registry_may_want_to_know_who_asks() {
    let scene = Scene::new("avro-user", AVRO);
    scene.registry.require_authorization("Basic dXNlcjpzZWNyZXQ=");
    let user = |password: &str| {
        json!({
            "value.converter.basic.auth.credentials.source": "USER_INFO",
            "value.converter.basic.auth.user.info": format!("user:{password}"),
        })
    };
    scene.create_source("one\n", user("wrong"));
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(60));
    assert!(trace.contains("401") && !trace.contains("wrong"), "{trace}");
    scene.worker.rest().delete("/connectors/source").expect(204);
    scene.create_source("", user("secret"));
    scene.create_sink(user("secret"));
    wait_for_text(&scene.worker, &scene.pair.output, "Struct{line=one,origin=file}\n");
}

#[test]
fn settings_are_checked_before_anything_runs() {
    let scene = Scene::new("avro-settings", AVRO);
    let validate = |more: Value| {
        let config =
            with(file_sink(&scene.pair.topic, &scene.pair.output), json!({ "name": "x", "value.converter": AVRO }));
        let answer = scene.worker.rest().put("/connector-plugins/FileStreamSink/config/validate", &with(config, more));
        let answer = answer.expect(200).json();
        let configs = answer["configs"].as_array().expect("configs").clone();
        let wrong = configs
            .iter()
            .filter(|config| config["value"]["errors"].as_array().is_some_and(|errors| !errors.is_empty()));
        wrong.map(|config| config["value"]["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(validate(json!({})), ["value.converter.schema.registry.url"]);
    let url = json!({ "value.converter.schema.registry.url": scene.registry.url() });
    assert!(validate(url.clone()).is_empty());
    let strategy = json!({ "value.converter.value.subject.name.strategy": "x.Y", "value.converter.max.retries": "-1" });
    assert_eq!(
        validate(with(url, strategy)),
        ["value.converter.max.retries", "value.converter.value.subject.name.strategy"]
    );
}
