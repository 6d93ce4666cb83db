//! Prints what the sandbox costs.
//!
//!   sandbox_costs test-guests.wasm                an instance, a call, a batch; for `make bench-sandbox`
//!   sandbox_costs rust-figures.wasm COMPILED      what records cost in a language, a line `name value` a figure, of a component of
//!                                                 `tests/bench` that `plugins compile` has put into the directory COMPILED; for
//!                                                 `make bench BENCH=languages`

mod engine;
mod language;
mod measure;

use std::path::PathBuf;

type Failed = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failed> {
    let arguments: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    // In a task of the runtime, as the worker's calls are.
    match &arguments[..] {
        [component] => tokio::spawn(engine::print(component.clone())).await?,
        [component, compiled] => tokio::spawn(language::print(component.clone(), compiled.clone())).await?,
        _ => Err("usage: sandbox_costs COMPONENT [COMPILED]".into()),
    }
}
