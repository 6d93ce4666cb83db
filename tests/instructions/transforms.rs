//! The built-in transforms and predicates, each as a chain of its own, and three of them with a converter behind.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasm_connect::connect::Config;
use wasm_connect::transform::{
    ConnectRecord, TransformationChain, TransformationStage, Transformed, builtin_predicate, builtin_transformation,
};
use wasm_connect_batch::{BatchWriter, Payload, SchemaId, Value};

use super::converters::{JSON, converter, from_connect};
use super::records::{Records, head, lines, maps, nested_orders, orders};
use super::row::Row;

type Settings = &'static [(&'static str, &'static str)];

/// A transform of `org.apache.kafka.connect.transforms`.
type Stage = (&'static str, Settings);

const HOIST: Stage = ("HoistField$Value", &[("field", "line")]);
const INSERT: Stage =
    ("InsertField$Value", &[("static.field", "origin"), ("static.value", "bench"), ("topic.field", "topic")]);
const REPLACE: Stage = ("ReplaceField$Value", &[("exclude", "topic")]);

pub fn rows() -> Vec<Row> {
    let one = |name: &'static str, stage: Stage, records| chain(name, move || vec![transform(stage)], records);
    vec![
        chain("no transform", Vec::new, lines),
        one("HoistField", HOIST, lines),
        one("InsertField", INSERT, orders).of(1),
        one("InsertField, map", INSERT, maps).of(1),
        one("ReplaceField", ("ReplaceField$Value", &[("exclude", "token"), ("renames", "note:remark")]), orders).of(1),
        one("Cast", ("Cast$Value", &[("spec", "items:int64,weight:string")]), orders).of(1),
        one("Flatten", ("Flatten$Value", &[]), nested_orders).of(1),
        one("MaskField", ("MaskField$Value", &[("fields", "customer,email")]), orders).of(1),
        one(
            "TimestampConverter",
            (
                "TimestampConverter$Value",
                &[("field", "created"), ("target.type", "string"), ("format", "yyyy-MM-dd HH:mm:ss")],
            ),
            orders,
        )
        .of(1),
        one("ExtractField", ("ExtractField$Value", &[("field", "customer")]), orders),
        one("ValueToKey", ("ValueToKey", &[("fields", "id,customer")]), orders).of(1),
        one("SetSchemaMetadata", ("SetSchemaMetadata$Value", &[("schema.name", "tests.Other")]), orders).of(1),
        one(
            "HeaderFrom",
            ("HeaderFrom$Value", &[("fields", "customer"), ("headers", "who"), ("operation", "copy")]),
            orders,
        )
        .of(1),
        one("InsertHeader", ("InsertHeader", &[("header", "origin"), ("value.literal", "bench")]), lines),
        one("DropHeaders", ("DropHeaders", &[("headers", "header")]), with_headers),
        one("RegexRouter", ("RegexRouter", &[("regex", "(.*)ers"), ("replacement", "$1er")]), lines),
        one("TimestampRouter", ("TimestampRouter", &[]), lines),
        filter("Filter, RecordIsTombstone", "RecordIsTombstone", &[], lines),
        filter("Filter, TopicNameMatches", "TopicNameMatches", &[("pattern", "orders.*")], lines),
        filter("Filter, HasHeaderKey", "HasHeaderKey", &[("name", "header")], with_headers),
        three(),
    ]
}

/// A chain over a batch, as a source's task applies it.
fn chain(
    name: &'static str,
    stages: impl Fn() -> Vec<TransformationStage> + 'static,
    records: fn(usize) -> Records,
) -> Row {
    Row::new(format!("transform: {name}"), move |count| {
        let mut chain = TransformationChain::new(stages());
        let Records { batch, .. } = records(count);
        Box::new(move || apply(&mut chain, &Records { batch, bytes: &[] }, &mut |record| _ = black_box(record)))
    })
}

fn filter(name: &'static str, predicate: &'static str, settings: Settings, records: fn(usize) -> Records) -> Row {
    let stages = move || {
        let class = format!("org.apache.kafka.connect.transforms.predicates.{predicate}");
        let predicate = builtin_predicate(&class).expect("it is built in").create(&config(settings));
        vec![transform(("Filter", &[])).only_if(predicate.unwrap_or_else(|error| panic!("{class}: {error}")), false)]
    };
    chain(name, stages, records)
}

/// As in `make bench`: a line becomes a field, gets two more, loses one and becomes JSON.
fn three() -> Row {
    let row = Row::new("transform: three, and JSON with schemas", |count| {
        let mut chain = TransformationChain::new([HOIST, INSERT, REPLACE].into_iter().map(transform).collect());
        let converter = converter(JSON, &[]);
        let records = lines(count);
        let mut arena = Vec::new();
        Box::new(move || {
            arena.clear();
            apply(&mut chain, &records, &mut |record| from_connect(&*converter, (&record.value).into(), &mut arena));
            black_box(&arena);
        })
    });
    row.of(1)
}

fn apply(chain: &mut TransformationChain, records: &Records, take: &mut dyn FnMut(&ConnectRecord<'_>)) {
    let of_source = |(_, record)| Transformed::Record(ConnectRecord::of_source(&record));
    let mut records: Vec<_> = records.batch.records().map(of_source).collect();
    let answers = chain.answers();
    let batches = answers.batches();
    // Built-in stages never wait.
    let applied = pin!(chain.apply(&mut records, &batches)).poll(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(applied, Poll::Ready(Ok(()))), "{applied:?}");
    for record in &records {
        match record {
            Transformed::Record(record) => take(record),
            Transformed::Dropped => {}
            Transformed::Failed(failed) => panic!("{}: {}", failed.class, failed.error),
        }
    }
}

fn transform((class, settings): Stage) -> TransformationStage {
    let class = format!("org.apache.kafka.connect.transforms.{class}");
    let transform = builtin_transformation(&class).expect("it is built in").create(&config(settings));
    let transform = transform.unwrap_or_else(|error| panic!("{class}: {error}"));
    TransformationStage::new(class, transform)
}

fn config(settings: Settings) -> Config {
    settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Numbers with a header each.
fn with_headers(count: usize) -> Records {
    let mut writer = BatchWriter::new();
    for number in 0..count {
        let (head, header) = (head(&mut writer, number), writer.string("header"));
        let mut frame = writer.begin(&head);
        frame.value(Payload::Value(None, &Value::Int64(number as i64))).expect("a number");
        frame.header(header, Payload::Str(SchemaId::STRING, "a header's value")).expect("a string");
        frame.finish();
    }
    Records::of(writer.finish())
}
