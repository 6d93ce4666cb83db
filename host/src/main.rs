//! The `wasm-connect` command: subcommands, nothing else.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wasm_connect::cli;

/// A Kafka Connect worker whose connectors are WebAssembly components.
///
/// Put connectors as .wasm files into the directories of 'plugin.path', start a worker, and manage it through Kafka Connect's
/// REST API (http://localhost:8083/connectors).
#[derive(Parser)]
#[command(name = "wasm-connect", version, arg_required_else_help = true, max_term_width = 100)]
struct WasmConnect {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Standalone(cli::standalone::Args),
    Distributed(cli::distributed::Args),
    Takeover(cli::takeover::Args),
    Plugins(cli::plugins::Args),
    Reference(cli::reference::Args),
    #[command(hide = true)]
    CompileWorker(cli::compile_worker::Args),
}

fn main() -> ExitCode {
    let command = match WasmConnect::try_parse() {
        Ok(parsed) => parsed.command,
        Err(usage) => {
            let _ = usage.print();
            // Java Connect's tools end with 1 when they print their usage.
            return if usage.use_stderr() { ExitCode::from(1) } else { ExitCode::SUCCESS };
        }
    };
    match command {
        Command::Standalone(args) => cli::standalone::run(args),
        Command::Distributed(args) => cli::distributed::run(args),
        Command::Takeover(args) => cli::takeover::run(args),
        Command::Plugins(args) => cli::plugins::run(args),
        Command::Reference(args) => cli::reference::run(args),
        Command::CompileWorker(args) => cli::compile_worker::run(args),
    }
}
