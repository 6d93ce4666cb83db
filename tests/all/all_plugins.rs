//! Promise: all plugins of `plugins/` live in one worker: they are listed together, move records at the same time, and go on from their
//! offsets when it is killed.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use wasm_connect_tests::files::append_lines;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::server::{Server, answer};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};
use wasm_connect_tests::{paths, ports};

/// The components are compiled at their first use, unless an earlier test has, one after the other; those of Python take long where
/// others want the processor, too.
const FIRST_USE: u64 = 480;
/// Lines of the file, items of the document, messages over syslog.
const ALL: usize = 400;
const HALF: usize = ALL / 2;
/// What the generator makes, slowly enough to be under way when the worker is killed.
const ORDERS: usize = 6_000;
const ORDERS_A_SECOND: usize = 300;

const CLASSES: [&str; 13] = [
    "org.apache.kafka.connect.file.FileStreamSourceConnector",
    "org.apache.kafka.connect.file.FileStreamSinkConnector",
    "wasmconnect.datagen.DatagenSourceConnector",
    "wasmconnect.csv.CsvSinkConnector",
    "wasmconnect.webhook.WebhookSinkConnector",
    "wasmconnect.http.HttpPollSourceConnector",
    "wasmconnect.syslog.SyslogSourceConnector",
    "wasmconnect.transforms.HashField$Key",
    "wasmconnect.transforms.HashField$Value",
    "wasmconnect.predicates.FieldEquals",
    "wasmconnect.converters.CsvConverter",
    "wasmconnect.converters.HexHeaderConverter",
    "org.apache.kafka.connect.json.JsonConverter",
];

/// The outside world of the plugins.
struct World {
    people: PathBuf,
    people_out: PathBuf,
    table: PathBuf,
    /// The document's version and content.
    document: Arc<Mutex<(String, String)>>,
    /// Orders that the hook was told of.
    told: Arc<Mutex<BTreeSet<u64>>>,
    syslog_port: u16,
    topics: [String; 4],
}

impl World {
    fn new(directory: &TempDir, kafka: &Kafka) -> Self {
        let topics = ["people", "documents", "messages", "orders"].map(|name| {
            let topic = kafka.unique_topic(name);
            kafka.create_topic(&topic, 1);
            topic
        });
        Self {
            people: directory.write("people.csv", ""),
            people_out: directory.file("people.txt"),
            table: directory.file("orders.csv"),
            document: Arc::default(),
            told: Arc::default(),
            syslog_port: ports::free(),
            topics,
        }
    }

    /// Servers of the document and of the hook.
    fn servers(&self) -> (Server, Server) {
        let document = self.document.clone();
        let documents = Server::http_with_headers(move |head| {
            let document = document.lock().expect("no panic while it is held");
            let (version, content) = &*document;
            match head.contains(version.as_str()) {
                true => "HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(),
                false => answer(200, &format!("ETag: {version}\r\n"), content),
            }
        });
        let told = self.told.clone();
        let hook = Server::http(move |_, body| {
            let records: Vec<Value> = serde_json::from_slice(body).expect("a list in JSON");
            let ids = records.iter().filter_map(|record| record["value"]["id"].as_u64());
            told.lock().expect("no panic while it is held").extend(ids);
            answer(204, "", "")
        });
        (documents, hook)
    }

    /// A file for each connector, by its name.
    fn connectors(&self, directory: &TempDir, documents: &Server, hook: &Server) -> Vec<(String, PathBuf)> {
        let [people, documents_topic, messages, orders] = &self.topics;
        let sink = |name: &str| format!("{name}-{orders}");
        let json = "value.converter=org.apache.kafka.connect.json.JsonConverter\n";
        let joins_soon = "consumer.override.session.timeout.ms=1500\nconsumer.override.heartbeat.interval.ms=400\n";
        let connectors = [
            (
                "people".to_owned(),
                format!(
                    "connector.class=FileStreamSource\ntopic={people}\nfile={}\ntransforms=mark\n\
                     transforms.mark.type=InsertHeader\ntransforms.mark.header=origin\n\
                     transforms.mark.value.literal=file\nheader.converter=HexHeaderConverter\n",
                    self.people.display()
                ),
            ),
            (
                sink("people-out"),
                format!(
                    "connector.class=FileStreamSink\ntopics={people}\nfile={}\nvalue.converter=CsvConverter\n\
                     value.converter.columns=id,name\nheader.converter=HexHeaderConverter\ntransforms=hash\n\
                     transforms.hash.type=wasmconnect.transforms.HashField$Value\ntransforms.hash.fields=name\n\
                     transforms.hash.predicate=isAda\ntransforms.hash.negate=true\npredicates=isAda\n\
                     predicates.isAda.type=FieldEquals\npredicates.isAda.field=name\npredicates.isAda.value=Ada\n\
                     {joins_soon}",
                    self.people_out.display()
                ),
            ),
            (
                "documents".to_owned(),
                format!(
                    "connector.class=HttpPollSource\ntopic={documents_topic}\nurl=http://127.0.0.1:{}/\n\
                     records.pointer=/items\ninterval.ms=100\n{json}",
                    documents.port()
                ),
            ),
            (
                "syslog".to_owned(),
                format!("connector.class=SyslogSource\ntopic={messages}\nlisten=127.0.0.1:{}\n", self.syslog_port),
            ),
            (
                sink("orders-table"),
                format!("connector.class=CsvSink\ntopics={orders}\nfile={}\n{json}{joins_soon}", self.table.display()),
            ),
            (
                sink("orders-hook"),
                format!(
                    "connector.class=WebhookSink\ntopics={orders}\nurl=http://127.0.0.1:{}/\nformat=envelope\n\
                     {json}{joins_soon}",
                    hook.port()
                ),
            ),
            // Last, as it would bring all that it has while the others are compiled.
            (
                "orders".to_owned(),
                format!(
                    "connector.class=DatagenSource\ntopic={orders}\nfields=id: sequence; user: choice(ada, bob)\n\
                     records.max={ORDERS}\nrecords.per.second={ORDERS_A_SECOND}\n{json}"
                ),
            ),
        ];
        let file = |(name, config): (String, String)| {
            let file = directory.write(&format!("{name}.properties"), format!("name={name}\n{config}"));
            (name, file)
        };
        connectors.into_iter().map(file).collect()
    }

    /// What is written to the file and published.
    fn write(&self, numbers: std::ops::Range<usize>) {
        append_lines(&self.people, numbers.clone(), |number| match number % 2 {
            0 => format!("{number},Ada"),
            _ => format!("{number},Bob"),
        });
        let items: Vec<String> = numbers.clone().map(|number| format!(r#"{{"id":{number}}}"#)).collect();
        let version = format!("\"up-to-{}\"", numbers.end);
        let content = format!(r#"{{"items":[{}]}}"#, items.join(","));
        *self.document.lock().expect("no panic while it is held") = (version, content);
    }

    /// What is sent to the plugin that listens.
    fn send(&self, numbers: std::ops::Range<usize>) {
        let mut stream = wait_for("the plugin listens", seconds(60), || {
            TcpStream::connect(("127.0.0.1", self.syslog_port)).map_err(|error| error.to_string())
        });
        let messages: Vec<String> = numbers.map(|number| format!("<13>message {number}\n")).collect();
        stream.write_all(messages.concat().as_bytes()).expect("the plugin reads");
    }

    fn people_out(&self) -> BTreeSet<String> {
        let text = std::fs::read_to_string(&self.people_out).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn in_table(&self) -> BTreeSet<u64> {
        let text = std::fs::read_to_string(&self.table).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().skip(1).filter_map(|row| row.split(',').next()?.parse().ok()).collect()
    }

    fn told(&self) -> BTreeSet<u64> {
        self.told.lock().expect("no panic while it is held").clone()
    }

    /// Waits until each plugin has moved its part, which is `count` where it is known.
    #[track_caller]
    fn wait_moved(&self, worker: &Worker, kafka: &Kafka, count: usize, orders: usize) {
        let topics = Topics::new(kafka);
        wait_for(&format!("{count} records and {orders} orders are moved"), seconds(FIRST_USE), || {
            let status = worker.rest().get("/connectors?expand=status").body;
            assert!(!status.contains("\"FAILED\""), "{status}");
            let in_topics: Vec<u64> = self.topics[..3].iter().map(|topic| topics.end(topic, 0)).collect();
            let seen = (self.people_out().len(), self.in_table().len(), self.told().len());
            let is_there = in_topics.iter().all(|end| *end >= count as u64)
                && seen.0 >= count
                && seen.1 >= orders
                && seen.2 >= orders;
            if is_there { Ok(()) } else { Err(format!("in the topics {in_topics:?}, by the sinks {seen:?}: {status}")) }
        });
    }
}

/// The first committed offset of a connector, if there is one.
fn committed(worker: &Worker, name: &str) -> Option<Value> {
    let offsets = worker.rest().get(&format!("/connectors/{name}/offsets")).json();
    offsets["offsets"].get(0).map(|entry| entry["offset"].clone())
}

#[test]
fn they_are_listed_run_together_and_go_on_after_a_kill() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("all-plugins");
    let world = World::new(&directory, kafka);
    let (documents, hook) = world.servers();
    world.write(0..HALF);
    let connectors = world.connectors(&directory, &documents, &hook);
    let mut options = WorkerOptions::new(&directory, kafka)
        .set("plugin.path", paths::all_plugins().display().to_string())
        .set("sandbox.compile.timeout.ms", (FIRST_USE * 1_000).to_string())
        .set("offset.flush.interval.ms", "200")
        .set("sandbox.net.connect", "127.0.0.1:*")
        .set("sandbox.net.listen", format!("127.0.0.1:{}", world.syslog_port));
    for (_, file) in &connectors {
        options = options.connector_file(file);
    }
    let mut worker = options.spawn();
    worker.wait_ready(seconds(FIRST_USE));

    let listed = worker.rest().get("/connector-plugins?connectorsOnly=false").expect(200).json();
    let listed: Vec<&str> =
        listed.as_array().expect("a list").iter().filter_map(|plugin| plugin["class"].as_str()).collect();
    for class in CLASSES {
        assert!(listed.contains(&class), "{class} is missing in {listed:?}");
    }

    world.send(0..HALF);
    world.wait_moved(&worker, kafka, HALF, ORDERS / 10);
    let bytes = std::fs::read(&world.people).expect("the source's file").len();
    for (name, _) in &connectors {
        let expected = match name.as_str() {
            "people" => Some(("position", bytes)),
            "documents" => Some(("next", HALF)),
            "syslog" => Some(("received", HALF)),
            sink if sink.starts_with("people-out") => Some(("kafka_offset", HALF)),
            // Under way.
            _ => None,
        };
        wait_until(&format!("{name} has committed"), seconds(60), || {
            let offset = committed(&worker, name);
            offset.is_some_and(|offset| expected.is_none_or(|(key, at)| offset[key] == at))
        });
    }
    worker.kill();
    assert!(world.in_table().len() < ORDERS, "the generator was done before it could be interrupted");
    world.write(HALF..ALL);
    worker.start_again();
    world.send(HALF..ALL);
    world.wait_moved(&worker, kafka, ALL, ORDERS);

    for (name, _) in &connectors {
        worker.rest().wait_running(name, 1);
    }
    // What was committed did not come again.
    let topics = Topics::new(kafka);
    for topic in &world.topics[..3] {
        assert_eq!(topics.end(topic, 0), ALL as u64, "records of {topic}");
    }
    let people = std::fs::read_to_string(&world.people_out).expect("the sink's file");
    assert_eq!(people.lines().count(), ALL, "lines of the sink");
    let bob = "cd9fb1e148ccd8442e5aa74904cc73bf6fb54d1d54d333bd596aa9bb4bb4e961";
    for number in 0..ALL {
        let name = if number % 2 == 0 { "Ada" } else { bob };
        assert!(people.contains(&format!("Struct{{id={number},name={name}}}\n")), "{number} is missing in {people}");
    }
    let messages: BTreeSet<String> = topics.values(&world.topics[2]).into_iter().collect();
    assert!((0..ALL).all(|number| messages.contains(&format!("<13>message {number}"))), "a message is missing");
    assert!((0..ORDERS as u64).all(|id| world.in_table().contains(&id)), "an order is missing in the table");
    assert!((0..ORDERS as u64).all(|id| world.told().contains(&id)), "the hook was not told of an order");
    let log = worker.log();
    let again = log.lines().filter_map(|line| line.split_once("goes on with record ")).next_back();
    assert!(again.is_some_and(|(_, at)| !at.starts_with("0 ")), "the generator began anew: {log}");
}
