//! What an instance, a call and a batch cost, beside what a bare engine costs, as it was measured when the contract was designed.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use wasm_connect::config::connector_config::FailureClass;
use wasm_connect::connect::Config;
use wasm_connect::converter::Slot;
use wasm_connect::plugin::component::{ComponentRuntime, RuntimeOptions};
use wasm_connect::plugin::ports::{PluginDesc, PluginError, PluginKind, PluginRuntime, Stage, StageRole};
use wasm_connect::transform::{
    BatchStage, ConnectRecord, Processed, StageFailure, Transformation, TransformationChain, TransformationStage,
    Transformed, builtin_transformation,
};
use wasm_connect_batch::{Batch, BatchWriter, FrameHead, Limits, Payload, SchemaId};

use crate::Failed;
use crate::measure::{Best, LIMITS, context, plugins, private_kb};

/// Records of a batch, of 100 bytes and with a key, a header and a topic, as in the reference.
const RECORDS: usize = 1_000;
/// Instances that are alive at a time for the figure of their memory.
const INSTANCES: usize = 1_000;
const IMPORTS: usize = 10_000;

/// wasmtime 48 alone, on two quiet cores: medians of thirty calls and more, of a small guest that uses wit-bindgen itself and trusts the
/// batch. The sandbox adds a deadline, a log, grants and limits to each instance and call; the SDK checks all of a batch's bounds before
/// it shows the first record.
mod reference {
    /// A store with WASI, an instance of a prepared component, and both dropped again.
    pub const INSTANCE_US: f64 = 1.3 + 20.5 + 8.0;
    /// The same with a first call.
    pub const FRESH_CALL_US: f64 = 100.0;
    pub const EMPTY_CALL_NS: f64 = 230.0;
    pub const IMPORT_NS: f64 = 52.0;
    pub const PUT_PACKED_NS: f64 = 14.0;
    pub const PACK_AND_PUT_NS: f64 = 24.0;
    pub const POLL_PACKED_NS: f64 = 15.0;
    /// Packing alone costs 19 ns natively.
    pub const POLL_WRITTEN_NS: f64 = 15.0 + 19.0;
    pub const INSTANCE_KB: f64 = 53.0;
}

/// Prints the figures, of the component of `tests/guests`.
pub async fn print(component: PathBuf) -> Result<(), Failed> {
    let runtime = Arc::new(ComponentRuntime::new(RuntimeOptions::default())?);
    let began = Instant::now();
    let plugins = plugins(&runtime, component).await;
    let source = plugins.resolve_connector("tests.guests.FiguresSource", None)?;
    let sink = plugins.resolve_connector("tests.guests.FiguresSink", None)?;
    let hoist = plugins.resolve(PluginKind::Transformation, "tests.guests.Hoist", None)?;
    drop(runtime.source_task(&source, context(&[])).await?);
    println!("scanned, compiled and asked in {} ms", began.elapsed().as_millis());
    println!("{:<54} {:>10} {:>10}", "", "here", "engine");
    Ok(figures(runtime, source, sink, hoist).await?)
}

async fn figures(
    runtime: Arc<ComponentRuntime>,
    source: Arc<PluginDesc>,
    sink: Arc<PluginDesc>,
    hoist: Arc<PluginDesc>,
) -> Result<(), PluginError> {
    let mut best = Best::of(20, 20);
    while best.again() {
        black_box(runtime.source_task(&source, context(&[])).await?);
    }
    print_beside(&best, "an instance, made and dropped", 1, 1_000.0, "us", reference::INSTANCE_US);
    let mut best = Best::of(20, 20);
    while best.again() {
        let mut task = runtime.source_task(&source, context(&[("records", "0")])).await?;
        task.start().await?;
    }
    print_beside(&best, "an instance, made, started and dropped", 1, 1_000.0, "us", reference::FRESH_CALL_US);

    let mut task = runtime.source_task(&source, context(&[("records", "0")])).await?;
    task.start().await?;
    let mut best = Best::of(20, 1_000);
    while best.again() {
        task.commit().await?;
    }
    print_beside(&best, "a call of nothing", 1, 1.0, "ns", reference::EMPTY_CALL_NS);

    let imports = IMPORTS.to_string();
    let mut task = runtime.source_task(&source, context(&[("records", "0"), ("imports", &imports)])).await?;
    task.start().await?;
    let mut best = Best::of(20, 5);
    while best.again() {
        black_box(task.poll(LIMITS).await?);
    }
    print_beside(&best, "a guest's call of the host", IMPORTS, 1.0, "ns", reference::IMPORT_NS);

    let mut task = runtime.sink_task(&sink, context(&[])).await?;
    task.start().await?;
    let mut writer = BatchWriter::new();
    let packed = pack(&mut writer);
    let mut best = Best::of(20, 50);
    while best.again() {
        task.put(&packed).await?;
    }
    print_beside(&best, "put of 1,000 records, ns a record", RECORDS, 1.0, "ns", reference::PUT_PACKED_NS);
    let mut best = Best::of(20, 50);
    while best.again() {
        let batch = pack(&mut writer);
        task.put(&batch).await?;
        writer.recycle(batch);
    }
    print_beside(
        &best,
        "packing and put of 1,000 records, ns a record",
        RECORDS,
        1.0,
        "ns",
        reference::PACK_AND_PUT_NS,
    );

    for (packed, what, engine) in [
        ("true", "poll of 1,000 records packed before, ns a record", reference::POLL_PACKED_NS),
        ("false", "poll of 1,000 records, ns a record", reference::POLL_WRITTEN_NS),
    ] {
        let mut task = runtime.source_task(&source, context(&[("packed", packed)])).await?;
        task.start().await?;
        let mut best = Best::of(20, 50);
        while best.again() {
            black_box(task.poll(LIMITS).await?);
        }
        print_beside(&best, what, RECORDS, 1.0, "ns", engine);
    }

    let batch = pack(&mut writer);
    let mut hoist = stage(&runtime, &hoist).await?;
    let mut best = Best::of(20, 50);
    while best.again() {
        black_box(hoist.process(&batch).await?);
    }
    print_alone(&best, "apply of 1,000 records (HoistField), ns a record");
    let built_in = TransformationStage::new("HoistField", hoist_field());
    print_chain("a chain of the built-in HoistField, ns a record", built_in, &batch).await;
    let component = TransformationStage::in_batches("Hoist", Box::new(Chained(hoist)));
    print_chain("a chain of the same in a component, ns a record", component, &batch).await;

    let before = private_kb();
    let mut alive = Vec::with_capacity(INSTANCES);
    for _ in 0..INSTANCES {
        let mut task = runtime.source_task(&source, context(&[("records", "0")])).await?;
        task.start().await?;
        alive.push(task);
    }
    let each = (private_kb() - before) / INSTANCES as f64;
    println!("{:<54} {each:>7.1} KB {:>7.1} KB", "private memory of a started instance", reference::INSTANCE_KB);
    Ok(())
}

async fn stage(runtime: &ComponentRuntime, plugin: &PluginDesc) -> Result<Box<dyn Stage>, PluginError> {
    let mut stage = runtime.stage(plugin, context(&[("field", "hoisted")]), StageRole::Transformation).await?;
    stage.configure().await?;
    Ok(stage)
}

fn hoist_field() -> Box<dyn Transformation> {
    let config: Config = [("field".to_owned(), "hoisted".to_owned())].into();
    let class = builtin_transformation("org.apache.kafka.connect.transforms.HoistField$Value");
    class.and_then(|class| class.create(&config).ok()).unwrap_or_else(|| unreachable!("it is built in"))
}

/// What a task's chain does with a batch: a record of each, the stage, and a batch of what it made.
async fn print_chain(what: &str, stage: TransformationStage, bytes: &[u8]) {
    let mut chain = TransformationChain::new(vec![stage]);
    let mut writer = BatchWriter::new();
    let mut best = Best::of(20, 20);
    while best.again() {
        let Ok(batch) = Batch::parse(bytes, &Limits::default()) else { continue };
        let of_sink = |(_, record)| Transformed::Record(ConnectRecord::of_sink(&record));
        let mut records: Vec<_> = batch.records().map(of_sink).collect();
        let answers = chain.answers();
        let batches = answers.batches();
        if chain.apply(&mut records, &batches).await.is_err() {
            continue;
        }
        for record in &records {
            let Transformed::Record(record) = record else { continue };
            let head = FrameHead { topic: Some(writer.string(&record.topic)), ..FrameHead::default() };
            let mut frame = writer.begin(&head);
            if record
                .key
                .write(Slot::Key, &mut frame)
                .and_then(|()| record.value.write(Slot::Value, &mut frame))
                .is_ok()
            {
                frame.finish();
            }
        }
        black_box(writer.finish());
    }
    print_alone(&best, what);
}

/// A stage as a chain calls it.
struct Chained(Box<dyn Stage>);

#[async_trait]
impl BatchStage for Chained {
    async fn process(&mut self, batch: Vec<u8>) -> Result<Processed, StageFailure> {
        let answered = self.0.process(&batch).await.map_err(|error| StageFailure {
            class: FailureClass::Error,
            what: "figures".to_owned(),
            cause: error.to_string(),
            records: None,
        })?;
        Ok(Processed { answer: answered.bytes, failed: Vec::new() })
    }

    async fn close(&mut self) {}
}

fn pack(writer: &mut BatchWriter) -> Vec<u8> {
    let (topic, name) = (writer.string("a-topic-of-15by"), writer.string("header-8"));
    for offset in 0..RECORDS {
        let head = FrameHead { topic: Some(topic), partition: Some(0), offset: offset as i64, ..FrameHead::default() };
        let mut frame = writer.begin(&head);
        let written = frame
            .key(Payload::Bytes(SchemaId::OPTIONAL_BYTES, b"a key of 16 byte"))
            .and_then(|frame| frame.value(Payload::Bytes(SchemaId::OPTIONAL_BYTES, &[7; 100])))
            .and_then(|frame| frame.header(name, Payload::Bytes(SchemaId::OPTIONAL_BYTES, b"a header's value")))
            .is_ok();
        if written {
            frame.finish();
        }
    }
    writer.finish()
}

fn print_alone(best: &Best, what: &str) {
    println!("{what:<54} {:>7.1} ns", best.nanoseconds() / RECORDS as f64);
}

/// In parts of a round, with what the engine alone needs.
fn print_beside(best: &Best, what: &str, parts: usize, unit_ns: f64, unit: &str, engine: f64) {
    let each = best.nanoseconds() / parts as f64 / unit_ns;
    println!("{what:<54} {each:>7.1} {unit} {engine:>7.1} {unit}");
}
