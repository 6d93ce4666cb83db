//! The engine that compiles and runs all components.

use wasmtime::{Config, Engine, OptLevel, WasmBacktraceDetails};

/// The engine of a worker, or one that only compiles for it. Guests that are called in it need an
/// [`EpochClock`](super::epoch::EpochClock).
///
/// Linear memories keep wasmtime's on-demand defaults, 4 GiB of reserved address space and guards each: compiled code then
/// needs no bounds checks, only touched pages count, and 47 bits of address space hold some 30,000 instances.
pub fn engine() -> wasmtime::Result<Engine> {
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
