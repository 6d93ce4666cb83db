//! What a plugin costs that does what any must, and nothing else: one of `tests/bench/*-figures`, which are the same in each language.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasm_connect::plugin::component::{ComponentRuntime, RuntimeOptions};
use wasm_connect::plugin::ports::{PluginDesc, PluginError, PluginRuntime, PollLimits, PolledRecords, SourceTask};

use crate::Failed;
use crate::measure::{LIMITS, context, plugins, private_kb, processor_time};

const RECORDS: u32 = 1_000;
/// Instances that are alive at a time for the figure of their memory.
const INSTANCES: usize = 50;
/// A run has a new instance, so that what some languages leave behind with each batch stays small.
const RUNS: usize = 10;
const WARM_UP: usize = 3;
const ROUNDS: usize = 10;

/// Prints the figures; times are of the processor, as others may want it too.
pub async fn print(component: PathBuf, compiled: PathBuf) -> Result<(), Failed> {
    let options = RuntimeOptions { readonly_cache_directory: Some(compiled), ..RuntimeOptions::default() };
    let runtime = Arc::new(ComponentRuntime::new(options)?);
    let plugins = plugins(&runtime, component).await;
    let source = plugins.resolve_connector("bench.FiguresSource", None)?;
    let sink = plugins.resolve_connector("bench.FiguresSink", None)?;

    let began = processor_time();
    started(&runtime, &source, "text").await?;
    println!("load_ms {:.3}", since(began).as_secs_f64() * 1e3);
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let began = processor_time();
        for _ in 0..ROUNDS {
            black_box(started(&runtime, &source, "text").await?);
        }
        best = best.min(since(began));
    }
    println!("instance_us {:.3}", best.as_secs_f64() * 1e6 / ROUNDS as f64);
    println!("instance_kb {:.3}", memory_kb(&runtime, &source).await?);
    for value in ["text", "struct"] {
        println!("poll_{value}_us {:.4}", poll_us(&runtime, &source, value).await?);
        println!("put_{value}_us {:.4}", put_us(&runtime, &source, &sink, value).await?);
    }
    Ok(())
}

async fn started(
    runtime: &ComponentRuntime,
    source: &PluginDesc,
    value: &str,
) -> Result<Box<dyn SourceTask>, PluginError> {
    let mut task = runtime.source_task(source, context(&[("value", value)])).await?;
    task.start().await?;
    Ok(task)
}

/// The private memory of a started task.
async fn memory_kb(runtime: &ComponentRuntime, source: &PluginDesc) -> Result<f64, PluginError> {
    let before = private_kb();
    let mut alive = Vec::with_capacity(INSTANCES);
    for _ in 0..INSTANCES {
        alive.push(started(runtime, source, "text").await?);
    }
    Ok((private_kb() - before) / INSTANCES as f64)
}

const LIMITED: PollLimits = PollLimits { max_records: RECORDS, ..LIMITS };

/// What a record costs that a source brings.
async fn poll_us(runtime: &ComponentRuntime, source: &PluginDesc, value: &str) -> Result<f64, PluginError> {
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let mut task = started(runtime, source, value).await?;
        for _ in 0..WARM_UP {
            task.poll(LIMITED).await?;
        }
        let began = processor_time();
        for _ in 0..ROUNDS {
            black_box(task.poll(LIMITED).await?);
        }
        best = best.min(since(began));
    }
    Ok(a_record_us(best))
}

/// What a record costs that a sink takes and looks at: it gets what the source brought.
async fn put_us(
    runtime: &ComponentRuntime,
    source: &PluginDesc,
    sink: &PluginDesc,
    value: &str,
) -> Result<f64, Failed> {
    let PolledRecords::Batch(batch) = started(runtime, source, value).await?.poll(LIMITED).await? else {
        return Err("the source brought nothing".into());
    };
    let mut best = Duration::MAX;
    for _ in 0..RUNS {
        let mut task = runtime.sink_task(sink, context(&[])).await?;
        task.start().await?;
        for _ in 0..WARM_UP {
            task.put(&batch).await?;
        }
        let began = processor_time();
        for _ in 0..ROUNDS {
            task.put(&batch).await?;
        }
        best = best.min(since(began));
    }
    Ok(a_record_us(best))
}

fn since(began: Duration) -> Duration {
    processor_time().saturating_sub(began)
}

fn a_record_us(best: Duration) -> f64 {
    best.as_secs_f64() * 1e6 / (ROUNDS * RECORDS as usize) as f64
}
