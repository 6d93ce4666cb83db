//! Promise: transforms, predicates and converters in components do as built-in ones do, among them in any order; a record that one
//! of them ends of is found, and fails as a record that a built-in one refuses.

use rdkafka::message::{Headers, Message};
use serde_json::{Value, json};
use wasm_connect_tests::connectors::{file_source, with};
use wasm_connect_tests::files::append;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::paths;
use wasm_connect_tests::plugins;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

/// A worker with the test plugins, a file with these lines, and a topic.
struct Scene {
    directory: TempDir,
    worker: Worker,
    topic: String,
}

impl Scene {
    fn new(name: &str, lines: &str) -> Self {
        Self::with(name, lines, |options| options)
    }

    fn with(name: &str, lines: &str, more: impl FnOnce(WorkerOptions) -> WorkerOptions) -> Self {
        let directory = TempDir::new(name);
        append(&directory.file("input.txt"), lines);
        let options = WorkerOptions::new(&directory, Kafka::shared()).with_test_plugins();
        let plugin_path = format!("{},{}", options.get("plugin.path").expect("a path"), paths::stage_plugins());
        let worker = more(options.set("plugin.path", plugin_path)).start();
        let topic = Kafka::shared().unique_topic(name);
        Kafka::shared().create_topic(&topic, 1);
        Self { directory, worker, topic }
    }

    /// The file's lines to `topic`, by way of `stages`.
    fn source(&self, topic: &str, stages: Value) -> Value {
        with(file_source(&self.directory.file("input.txt"), topic), stages)
    }

    /// The topic's records to a journal, by way of `stages`.
    fn sink(&self, journal: &str, stages: Value) -> Value {
        let config = json!({
            "connector.class": "tests.guests.WholeRecords",
            "topics": self.topic,
            "file": self.directory.file(journal),
        });
        with(config, stages)
    }

    fn journal(&self, journal: &str) -> String {
        std::fs::read_to_string(self.directory.file(journal)).unwrap_or_default()
    }

    #[track_caller]
    fn wait_for_records(&self, connector: &str, topic: &str, count: u64) {
        let topics = Topics::new(Kafka::shared());
        wait_until("all records are in the topic", seconds(60), || {
            self.worker.rest().assert_nothing_failed(connector);
            topics.end(topic, 0) >= count
        });
    }

    #[track_caller]
    fn wait_for_lines(&self, connector: &str, journal: &str, count: usize) -> String {
        wait_for(&format!("{count} records are put"), seconds(60), || {
            self.worker.rest().assert_nothing_failed(connector);
            let text = self.journal(journal);
            if text.lines().count() == count { Ok(text) } else { Err(text) }
        })
    }

    /// What is wrong with a configuration, by key.
    fn errors(&self, config: Value) -> Vec<(String, String)> {
        let path =
            format!("/connector-plugins/{}/config/validate", config["connector.class"].as_str().expect("a class"));
        let answer = self.worker.rest().put(&path, &with(config, json!({ "name": "validated" }))).expect(200).json();
        let values = answer["configs"].as_array().expect("configs").iter().map(|config| &config["value"]);
        let errors = values.flat_map(|value| {
            let errors = value["errors"].as_array().expect("errors").iter();
            errors.map(|error| (value["name"].to_string(), error.to_string()))
        });
        errors.collect()
    }
}

/// Values of a topic, each with its headers.
fn records(topic: &str) -> Vec<(String, Vec<(String, String)>)> {
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    let mut records = Vec::new();
    Topics::new(Kafka::shared()).read(topic, 1, |message| {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        let headers = headers.map(|header| (header.key.to_owned(), text(header.value))).collect();
        records.push((text(message.payload()), headers));
    });
    records
}

#[test]
fn a_transform_in_a_component_does_what_the_built_in_one_does() {
    let scene = Scene::new("stages-equal", "one\ntwo\nthree\n");
    for (connector, schemas) in [("with-schemas", "true"), ("without-schemas", "false")] {
        let mut both = Vec::new();
        for class in ["org.apache.kafka.connect.transforms.HoistField$Value", "tests.guests.Hoist"] {
            let topic = Kafka::shared().unique_topic("stages-equal");
            let name = format!("{connector}-{}", both.len());
            scene.worker.rest().create(
                &name,
                scene.source(
                    &topic,
                    json!({
                        "transforms": "hoist",
                        "transforms.hoist.type": class,
                        "transforms.hoist.field": "line",
                        "value.converter": JSON,
                        "value.converter.schemas.enable": schemas,
                    }),
                ),
            );
            scene.wait_for_records(&name, &topic, 3);
            both.push(records(&topic));
        }
        assert_eq!(both[0], both[1]);
        assert_eq!(both[0].len(), 3);
    }
}

#[test]
fn a_sources_chain_holds_built_in_stages_and_components() {
    let scene = Scene::new("stages-source", "Ada\nBob\ndrop\n");
    let queue = format!("{}-routed", scene.topic);
    Kafka::shared().create_topic(&queue, 1);
    scene.worker.rest().create(
        "source",
        scene.source(
            &scene.topic,
            json!({
                "transforms": "obey, hoist, hash, mark, route",
                "transforms.obey.type": "Obedient",
                "transforms.obey.mark": "version",
                "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
                "transforms.hoist.field": "name",
                "transforms.hash.type": "wasmconnect.transforms.HashField$Value",
                "transforms.hash.fields": "name",
                "transforms.hash.predicate": "isAda",
                "transforms.hash.negate": "true",
                "transforms.mark.type": "InsertHeader",
                "transforms.mark.header": "is.ada",
                "transforms.mark.value.literal": "yes",
                "transforms.mark.predicate": "isAda",
                "transforms.route.type": "RegexRouter",
                "transforms.route.regex": "(.*)",
                "transforms.route.replacement": "$1-routed",
                "predicates": "isAda",
                "predicates.isAda.type": "FieldEquals",
                "predicates.isAda.field": "name",
                "predicates.isAda.value": "Ada",
                "value.converter": JSON,
                "value.converter.schemas.enable": "false",
            }),
        ),
    );
    scene.wait_for_records("source", &queue, 2);
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let bob = "cd9fb1e148ccd8442e5aa74904cc73bf6fb54d1d54d333bd596aa9bb4bb4e961";
    assert_eq!(
        records(&queue),
        [
            (r#"{"name":"Ada"}"#.to_owned(), vec![header("version", "1.0.0"), header("is.ada", "yes")]),
            (format!(r#"{{"name":"{bob}"}}"#), vec![header("version", "1.0.0")]),
        ]
    );
    wait_for("the offset behind the dropped line is committed", seconds(60), || {
        let offsets = scene.worker.rest().get("/connectors/source/offsets").expect(200).body;
        if offsets.contains("\"position\":8") { Ok(()) } else { Err(offsets) }
    });
}

#[test]
fn a_sinks_records_pass_converters_and_transforms_in_components() {
    let scene = Scene::new("stages-sink", "Ada,\"1,5\"\nBob,\n");
    let source = scene.source(
        &scene.topic,
        json!({
            "transforms": "mark",
            "transforms.mark.type": "InsertHeader",
            "transforms.mark.header": "h",
            "transforms.mark.value.literal": "hex",
            "header.converter": "wasmconnect.converters.HexHeaderConverter",
        }),
    );
    scene.worker.rest().create("source", source);
    scene.wait_for_records("source", &scene.topic, 2);
    assert_eq!(records(&scene.topic)[0].1, [("h".to_owned(), "686578".to_owned())]);
    let sink = format!("{}-sink", scene.topic);
    scene.worker.rest().create(
        &sink,
        scene.sink(
            "journal.txt",
            json!({
                "value.converter": "CsvConverter",
                "value.converter.columns": "name,share",
                "header.converter": "HexHeaderConverter",
                "transforms": "extract,obey,key",
                "transforms.extract.type": "org.apache.kafka.connect.transforms.ExtractField$Value",
                "transforms.extract.field": "name",
                "transforms.obey.type": "Obedient",
                "transforms.key.type": "InsertHeader",
                "transforms.key.header": "last",
                "transforms.key.value.literal": "7",
            }),
        ),
    );
    let seen = scene.wait_for_lines(&sink, "journal.txt", 2);
    for (line, (name, offset)) in seen.lines().zip([("Ada", 0), ("Bob", 1)]) {
        assert!(line.starts_with(&format!("{0}-0 from {0}-0@{offset}: ", scene.topic)), "{line}");
        assert!(line.contains(&format!("String(\"{name}\")")), "{line}");
        assert!(line.contains("h=Bytes([104, 101, 120])") && line.contains("last="), "{line}");
    }
}

#[test]
fn stages_in_go_and_c_do_their_part_among_built_in_ones_and_each_reads_what_the_other_wrote() {
    let scene = Scene::with("stages-languages", "lena\nhanna\ndrop\nweb\n", |options| {
        let path = options.get("plugin.path").expect("a path").to_owned();
        let (go, c) = (paths::go_guests(), paths::c_guests());
        options.set("plugin.path", format!("{path},{},{}", go.display(), c.display()))
    });
    let source = scene.source(
        &scene.topic,
        json!({
            "transforms": "reverses, mark, tags, obey",
            "transforms.reverses.type": "tests.go.Reverses",
            "transforms.reverses.header": "before",
            "transforms.mark.type": "InsertHeader",
            "transforms.mark.header": "long",
            "transforms.mark.value.literal": "yes",
            "transforms.mark.predicate": "isLong",
            "transforms.tags.type": "tests.c.Tags",
            "transforms.tags.header": "length",
            "transforms.tags.predicate": "begins",
            "transforms.tags.negate": "true",
            "transforms.obey.type": "tests.guests.Obedient",
            "predicates": "isLong, begins",
            "predicates.isLong.type": "IsLong",
            "predicates.isLong.than": "3",
            "predicates.begins.type": "Begins",
            "predicates.begins.with": "b",
            "value.converter": "tests.go.Angled",
            "header.converter": "tests.c.Named",
        }),
    );
    scene.worker.rest().create("source", source);
    scene.wait_for_records("source", &scene.topic, 3);
    let header = |name: &str, value: &str| (name.to_owned(), format!("{name}:{value}"));
    assert_eq!(
        records(&scene.topic),
        [
            ("<anel>".to_owned(), vec![header("before", "lena"), header("long", "yes"), header("length", "4")]),
            ("<annah>".to_owned(), vec![header("before", "hanna"), header("long", "yes"), header("length", "5")]),
            ("<bew>".to_owned(), vec![header("before", "web")]),
        ]
    );
    let sink = format!("{}-sink", scene.topic);
    scene.worker.rest().create(
        &sink,
        scene.sink(
            "journal.txt",
            json!({
                "value.converter": "tests.c.Angled",
                "header.converter": "tests.go.Named",
                "transforms": "tags, drop, reverses",
                "transforms.tags.type": "Tags",
                "transforms.tags.header": "again",
                "transforms.drop.type": "DropHeaders",
                "transforms.drop.headers": "before",
                "transforms.reverses.type": "Reverses",
            }),
        ),
    );
    let seen = scene.wait_for_lines(&sink, "journal.txt", 3);
    for (line, name) in seen.lines().zip(["lena", "hanna", "web"]) {
        assert!(line.contains(&format!("String(\"{name}\")")) && !line.contains("before"), "{line}");
        assert!(line.contains(&format!("again=String(\\\"{}\\\")", name.len())), "{line}");
        assert_eq!(line.contains("long=String(\\\"yes\\\")"), name.len() > 3, "{line}");
    }
    scene.worker.rest().delete(&format!("/connectors/{sink}")).expect(204);
    for closed in ["the transform is closed", "the transform in C is closed"] {
        wait_until(closed, seconds(30), || scene.worker.log().contains(closed));
    }
}

#[test]
fn a_record_that_ends_a_stage_in_go_or_c_is_a_letter_and_all_others_pass() {
    for (class, ends) in [("tests.go.Reverses", "panic"), ("tests.c.Tags", "trap")] {
        let special = [(100, ends), (101, "refuse"), (2000, ends)];
        let lines = lines_with(&special);
        let scene = Scene::with("stages-ends", &format!("{}\n", lines.join("\n")), |options| {
            let path = options.get("plugin.path").expect("a path").to_owned();
            let (go, c) = (paths::go_guests(), paths::c_guests());
            options.set("plugin.path", format!("{path},{},{}", go.display(), c.display()))
        });
        let config = json!({
            "errors.tolerance": "all",
            "transforms": "stage",
            "transforms.stage.type": class,
            "transforms.stage.header": "h",
        });
        scene.worker.rest().create("source", scene.source(&scene.topic, config));
        scene.wait_for_records("source", &scene.topic, 3000 - special.len() as u64);
    }
}

fn obey(more: Value) -> Value {
    with(json!({ "transforms": "obey", "transforms.obey.type": "tests.guests.Obedient" }), more)
}

/// As many lines as fill several batches, with these among them.
fn lines_with(special: &[(usize, &str)]) -> Vec<String> {
    let mut lines: Vec<_> = (0..3000).map(|number| format!("line {number}")).collect();
    special.iter().for_each(|(at, text)| lines[*at] = (*text).to_owned());
    lines
}

#[test]
fn records_that_end_a_transform_are_letters_and_all_others_pass() {
    let special = [(100, "trap"), (101, "refuse"), (1500, "eat memory"), (1501, "trap"), (2999, "trap")];
    let lines = lines_with(&special);
    let scene = Scene::new("stages-letters", &format!("{}\n", lines.join("\n")));
    scene.worker.rest().create("source", scene.source(&scene.topic, json!({})));
    scene.wait_for_records("source", &scene.topic, 3000);
    let sink = format!("{}-sink", scene.topic);
    let queue = format!("{}-dlq", scene.topic);
    scene.worker.rest().create(
        &sink,
        scene.sink(
            "journal.txt",
            obey(json!({
                "errors.tolerance": "all",
                "errors.deadletterqueue.topic.name": queue,
                "errors.deadletterqueue.topic.replication.factor": "1",
                "errors.deadletterqueue.context.headers.enable": "true",
            })),
        ),
    );
    scene.wait_for_lines(&sink, "journal.txt", 3000 - special.len());
    scene.wait_for_records(&sink, &queue, special.len() as u64);
    let letters = records(&queue);
    let values: Vec<_> = letters.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(values, special.map(|(_, text)| text));
    let header = |letter: usize, name: &str| {
        let name = format!("__connect.errors.{name}");
        letters[letter].1.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()).expect("a header")
    };
    assert_eq!([header(0, "stage"), header(0, "class.name")], ["TRANSFORMATION", "tests.guests.Obedient"]);
    assert_eq!([header(0, "offset"), header(1, "offset")], ["100", "101"]);
    assert!(header(0, "exception.message").starts_with("the transformation obey ended of the record: "));
    assert!(header(0, "exception.message").contains("the guest panicked on purpose"));
    assert_eq!(header(1, "exception.message"), "it was told to refuse");
    assert!(header(2, "exception.message").contains("sandbox.memory.max.bytes"), "{}", header(2, "exception.message"));
}

#[test]
fn a_transform_that_hangs_of_a_record_is_stopped_and_the_record_skipped() {
    let lines = lines_with(&[(40, "loop")]);
    let scene = Scene::new("stages-hang", &format!("{}\n", lines.join("\n")));
    let config = obey(json!({ "errors.tolerance": "all", "sandbox.call.timeout.ms": "200" }));
    scene.worker.rest().create("source", scene.source(&scene.topic, config));
    scene.wait_for_records("source", &scene.topic, 2999);
    let expected: Vec<_> = lines.iter().filter(|line| *line != "loop").cloned().collect();
    assert_eq!(Topics::new(Kafka::shared()).values(&scene.topic), expected);
}

#[test]
fn a_record_that_ends_a_transform_fails_the_task_with_its_place() {
    let scene = Scene::new("stages-trap", "a\nb\ntrap\nc\n");
    let topic = Kafka::shared().unique_topic("stages-trap-source");
    scene.worker.rest().create("source", scene.source(&topic, obey(json!({}))));
    let trace = scene.worker.rest().wait_task_failed("source", 0, seconds(60));
    let place = "\tat stage 'TRANSFORMATION' with class 'tests.guests.Obedient', where source record is ";
    assert!(trace.contains(place) && trace.contains(&topic) && trace.contains("\"position\":9"), "{trace}");
    assert!(
        trace.contains("the transformation obey ended of the record: tests.guests.Obedient 1.0.0: apply: "),
        "{trace}"
    );
    assert_eq!(Topics::new(Kafka::shared()).values(&topic), ["a", "b"], "what comes before it is sent");

    scene.worker.rest().create("plain", scene.source(&scene.topic, json!({})));
    scene.wait_for_records("plain", &scene.topic, 4);
    let sink = format!("{}-sink", scene.topic);
    scene.worker.rest().create(&sink, scene.sink("journal.txt", obey(json!({}))));
    let trace = scene.worker.rest().wait_task_failed(&sink, 0, seconds(60));
    let place = format!("where consumed record is {{topic='{}', partition=0, offset=2}}", scene.topic);
    assert!(
        trace.contains("stage 'TRANSFORMATION' with class 'tests.guests.Obedient'") && trace.contains(&place),
        "{trace}"
    );
}

#[test]
fn a_predicate_or_converter_that_ends_of_a_record_is_dealt_with_alike() {
    let scene = Scene::new("stages-others", "<a>\n<trap>\nb\n<c>\n");
    scene.worker.rest().create("source", scene.source(&scene.topic, json!({})));
    scene.wait_for_records("source", &scene.topic, 4);
    let queue = format!("{}-dlq", scene.topic);
    let tolerant = json!({
        "errors.tolerance": "all",
        "errors.deadletterqueue.topic.name": queue,
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
        "value.converter": "tests.guests.Bracketed",
    });
    let sink = format!("{}-sink", scene.topic);
    scene.worker.rest().create(&sink, scene.sink("journal.txt", tolerant));
    let seen = scene.wait_for_lines(&sink, "journal.txt", 2);
    assert!(seen.contains("String(\"a\")") && seen.contains("String(\"c\")"), "{seen}");
    scene.wait_for_records(&sink, &queue, 2);
    let letters = records(&queue);
    assert_eq!(letters.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(), ["<trap>", "b"]);
    for (_, headers) in &letters {
        let has = |key: &str, value: &str| headers.iter().any(|(name, text)| name.ends_with(key) && text == value);
        assert!(has(".stage", "VALUE_CONVERTER") && has(".class.name", "tests.guests.Bracketed"), "{headers:?}");
    }
    let predicate = json!({
        "errors.tolerance": "all",
        "transforms": "filter",
        "transforms.filter.type": "Filter",
        "transforms.filter.predicate": "isB",
        "predicates": "isB",
        "predicates.isB.type": "IsText",
        "predicates.isB.text": "b",
    });
    let filtered = Kafka::shared().unique_topic("stages-filtered");
    append(&scene.directory.file("input.txt"), "trap\nd\n");
    scene.worker.rest().create("filtered", scene.source(&filtered, predicate));
    scene.wait_for_records("filtered", &filtered, 4);
    assert_eq!(Topics::new(Kafka::shared()).values(&filtered), ["<a>", "<trap>", "<c>", "d"]);
}

#[test]
fn the_keys_of_a_stage_are_validated_under_its_prefix() {
    let scene = Scene::new("stages-validate", "secret\n");
    let path = "/connector-plugins?connectorsOnly=false";
    let listed = scene.worker.rest().get(path).expect(200).json();
    let has = |class: &str, kind: &str| {
        let mut plugins = listed.as_array().expect("plugins").iter();
        plugins.any(|plugin| plugin["class"] == class && plugin["type"] == kind)
    };
    assert!(has("wasmconnect.transforms.HashField$Value", "transformation"), "{listed}");
    assert!(has("wasmconnect.predicates.FieldEquals", "predicate"), "{listed}");
    assert!(has("wasmconnect.converters.CsvConverter", "converter"), "{listed}");
    assert!(has("wasmconnect.converters.HexHeaderConverter", "header_converter"), "{listed}");
    let outside = "/etc/hostname";
    let errors = scene.errors(scene.source(
        &scene.topic,
        obey(json!({
            "transforms": "obey,hash",
            "transforms.obey.file": outside,
            "transforms.hash.type": "HashField$Value",
            "value.converter": "CsvConverter",
        })),
    ));
    let about = |key: &str| {
        errors.iter().filter(|(name, _)| name.contains(key)).map(|(_, error)| error.as_str()).collect::<String>()
    };
    assert!(about("transforms.obey.file").contains("sandbox.fs.read"), "{errors:?}");
    assert!(about("transforms.hash.type").contains("HashField$Value"), "a nested class has no such alias: {errors:?}");
    assert!(about("value.converter.columns").contains("Missing required configuration"), "{errors:?}");
    let inside = scene.directory.file("input.txt");
    let granted = obey(json!({ "transforms.obey.file": inside }));
    assert_eq!(scene.errors(scene.source(&scene.topic, granted.clone())), []);
    scene.worker.rest().create("source", scene.source(&scene.topic, granted));
    scene.wait_for_records("source", &scene.topic, 1);
    assert!(scene.worker.log().contains("the transform has read secret"));
}

#[test]
fn a_newer_file_of_a_transform_is_used_after_a_restart() {
    let path = TempDir::new("stages-hot-plugins");
    let file = path.file("guests.wasm");
    plugins::install(&file, &plugins::guests("1.0.0"));
    let scene = Scene::with("stages-hot", "one\n", |options| {
        let plugin_path = format!("{},{}", paths::file_plugins(), path.path().display());
        options.set("plugin.path", plugin_path)
    });
    scene
        .worker
        .rest()
        .create("source", scene.source(&scene.topic, obey(json!({ "transforms.obey.mark": "version" }))));
    scene.wait_for_records("source", &scene.topic, 1);
    plugins::install(&file, &plugins::guests("1.0.1"));
    wait_until("the newer version is listed", seconds(10), || {
        scene.worker.rest().get("/connector-plugins?connectorsOnly=false").body.contains("1.0.1")
    });
    append(&scene.directory.file("input.txt"), "two\n");
    scene.wait_for_records("source", &scene.topic, 2);
    scene.worker.rest().post("/connectors/source/tasks/0/restart", &json!({})).expect(204);
    append(&scene.directory.file("input.txt"), "three\n");
    scene.wait_for_records("source", &scene.topic, 3);
    let versions: Vec<_> = records(&scene.topic).into_iter().map(|(_, headers)| headers[0].1.clone()).collect();
    assert_eq!(versions, ["1.0.0", "1.0.0", "1.0.1"], "what runs keeps its component");
}
