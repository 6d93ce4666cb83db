//! Promise: a plugin in C listens where it is granted, and goes on counting where it was when its worker is killed.

use std::io::Write;
use std::net::TcpStream;

use rdkafka::Message;
use rdkafka::message::Headers;
use serde_json::json;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::WorkerOptions;
use wasm_connect_tests::{paths, ports};

fn options(directory: &TempDir, kafka: &Kafka) -> WorkerOptions {
    let plugin = paths::plugins().join("syslog-source.wasm").display().to_string();
    WorkerOptions::new(directory, kafka).set("plugin.path", plugin).set("offset.flush.interval.ms", "100")
}

/// Connects as soon as somebody listens.
fn connect(port: u16) -> TcpStream {
    wait_for("the plugin listens", seconds(60), || {
        TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())
    })
}

#[test]
fn messages_become_records_and_their_count_goes_on_over_a_kill() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("c-syslog");
    let topic = kafka.unique_topic("syslog");
    kafka.create_topic(&topic, 1);
    let port = ports::free();
    let connector = directory.write(
        "syslog.properties",
        format!("name=syslog\nconnector.class=SyslogSource\ntopic={topic}\nlisten=127.0.0.1:{port}\n"),
    );
    let mut worker = options(&directory, kafka)
        .set("sandbox.net.listen", format!("127.0.0.1:{port}"))
        .connector_file(&connector)
        .start();
    let topics = Topics::new(kafka);
    let arrived = |count: u64| {
        wait_until(&format!("{count} messages are in the topic"), seconds(60), || {
            worker.rest().assert_nothing_failed("syslog");
            topics.end(&topic, 0) >= count
        });
    };
    let mut some = connect(port);
    some.write_all(b"<34>Oct 11 22:14:15 host su: one\n").expect("a message");
    connect(port).write_all("27 <165>1 - host app - - - two\nohne Priorität\n".as_bytes()).expect("two messages");
    arrived(3);
    // What is not whole yet is one when the peer goes.
    some.write_all(b"<0>four").expect("half a message");
    drop(some);
    arrived(4);
    wait_until("four messages are committed", seconds(60), || {
        worker.rest().get("/connectors/syslog/offsets").json()["offsets"][0]["offset"] == json!({ "received": 4 })
    });
    worker.kill();
    worker.start_again();
    connect(port).write_all(b"<13>five\n").expect("a message");
    wait_until("five messages are in the topic", seconds(60), || topics.end(&topic, 0) >= 5);

    let (mut texts, mut sequences) = (Vec::new(), Vec::new());
    topics.read(&topic, 1, |message| {
        texts.push(String::from_utf8_lossy(message.payload().unwrap_or_default()).into_owned());
        let sequence =
            message.headers().and_then(|headers| headers.iter().find(|header| header.key == "syslog.sequence"));
        let text = sequence.and_then(|header| header.value).map(String::from_utf8_lossy).expect("a sequence");
        sequences.push(text.parse::<u64>().expect("a number"));
    });
    for text in ["<34>Oct 11 22:14:15 host su: one", "<165>1 - host app - - - two", "ohne Priorität", "<0>four"] {
        assert!(texts[..4].iter().any(|found| found == text), "{text} is missing in {texts:?}");
    }
    assert_eq!((texts[4].as_str(), texts.len()), ("<13>five", 5));
    assert_eq!(sequences, [0, 1, 2, 3, 4], "the count goes on");
    assert!(worker.log().contains("goes on after message 4"), "{}", worker.log());
}

#[test]
fn an_address_that_is_not_granted_is_refused() {
    let kafka = Kafka::shared();
    let directory = TempDir::new("c-grant");
    let worker = options(&directory, kafka).start();
    let config = json!({ "name": "x", "connector.class": "SyslogSource", "topic": "t", "listen": "127.0.0.1:1514" });
    let answer = worker.rest().put("/connector-plugins/SyslogSource/config/validate", &config).expect(200).body;
    assert!(answer.contains("sandbox.net.listen"), "{answer}");
}
