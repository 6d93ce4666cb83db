//! The same work without Connect: one process, librdkafka with the worker's settings, and the lines of its standard input as orders.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

/// Does what it is told, line by line, until its input ends.
pub fn run(bootstrap: &str) {
    let jobs = std::io::stdin().lock().lines().map_while(Result::ok).map(|line| {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let bootstrap = bootstrap.to_owned();
        std::thread::spawn(move || match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["source", file, topic] => source(&bootstrap, Path::new(file), topic),
            ["sink", topic, file] => sink(&bootstrap, topic, Path::new(file)),
            other => panic!("no order: {other:?}"),
        })
    });
    // One after the other begins at once; each runs on its own thread.
    for job in jobs {
        drop(job);
    }
}

/// Lines of the file to the topic.
fn source(bootstrap: &str, file: &Path, topic: &str) {
    let producer: ThreadedProducer<DefaultProducerContext> = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("acks", "all")
        .set("linger.ms", "5")
        .set("batch.size", "262144")
        .set("max.in.flight.requests.per.connection", "1")
        .set("queue.buffering.max.messages", "0")
        .set("queue.buffering.max.kbytes", "32768")
        .create()
        .expect("a producer");
    let mut lines = BufReader::with_capacity(1 << 20, File::open(file).expect("the file"));
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).expect("the file can be read") == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        while let Err((error, _)) = producer.send(BaseRecord::<(), [u8]>::to(topic).partition(0).payload(text)) {
            assert_eq!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull));
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    producer.flush(Duration::from_secs(120)).expect("all records are written");
}

/// Values of the topic to the file; never ends.
fn sink(bootstrap: &str, topic: &str, file: &Path) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap)
        .set("group.id", format!("native-{topic}-{}", file.display()))
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .set("fetch.queue.backoff.ms", "1")
        .set("queued.min.messages", "10000")
        .set("queued.max.messages.kbytes", "16384")
        .create()
        .expect("a consumer");
    consumer.subscribe(&[topic]).expect("a subscription");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(file).expect("the file can be written"));
    loop {
        match consumer.poll(Duration::from_millis(20)) {
            Some(Ok(message)) => {
                out.write_all(message.payload().unwrap_or_default()).expect("the file can be written");
                out.write_all(b"\n").expect("the file can be written");
            }
            Some(Err(error)) => eprintln!("{error}"),
            None => out.flush().expect("the file can be written"),
        }
    }
}
