//! The engine that compiles and runs all components, and the clock that makes busy guests yield.

use std::time::Duration;

use wasmtime::{Config, Engine, OptLevel, WasmBacktraceDetails};

/// How often the epoch advances: a guest that computes yields to the others at the next tick.
const EPOCH_TICK: Duration = Duration::from_millis(10);

/// The one engine of a worker, with its epoch ticker running until the last clone of the engine is gone.
pub fn engine() -> wasmtime::Result<Engine> {
    let engine = without_clock()?;
    start_ticker(&engine)?;
    Ok(engine)
}

/// An engine that only compiles, for those of [`engine`].
///
/// Linear memories keep wasmtime's on-demand defaults, 4 GiB of reserved address space and guards each: compiled code then
/// needs no bounds checks, only touched pages count, and 47 bits of address space hold some 30,000 instances.
pub fn without_clock() -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        // Guests are called through the synchronous ABI: a call costs a quarter without the tables of the concurrent one.
        .concurrency_support(false)
        // A guest that never returns must not keep a thread; fuel would cost up to 2.6x.
        .epoch_interruption(true)
        .cranelift_opt_level(OptLevel::Speed)
        // A trap's trace names files and lines where the component brings them.
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    Engine::new(&config)
}

fn start_ticker(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    std::thread::Builder::new().name("wasm-epoch".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH_TICK);
        }
    })?;
    Ok(())
}
