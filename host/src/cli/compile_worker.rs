//! `wasm-connect compile-worker`, which the worker runs for itself: compiles one component within limits.

use std::process::ExitCode;
use std::time::Duration;

use crate::plugin::component::{CompileLimits, compile_worker};

/// Compile the component on standard input to standard output; part of other commands.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[arg(long)]
    memory_max_bytes: u64,
    #[arg(long)]
    timeout_ms: u64,
}

/// 1: the component does not compile, with the reason on standard error.
pub fn run(args: Args) -> ExitCode {
    let Args { memory_max_bytes, timeout_ms } = args;
    match compile_worker::run(CompileLimits { timeout: Duration::from_millis(timeout_ms), memory_max_bytes }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
