//! `wasm-connect takeover`: looking at a cluster before its workers are exchanged.

mod check;
mod report;

use std::process::ExitCode;

use clap::Subcommand;

/// See what would become of an existing cluster's connectors with this worker.
///
/// Wasm Connect reads and writes the internal topics of Kafka Connect and speaks its group protocol. So a cluster of Java workers can
/// be taken over: stop them, start 'wasm-connect distributed' with the same group.id and topics, and connectors go on from their
/// last offsets. host/deploy/TAKEOVER.md says how, step by step.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(check::Args),
}

/// Runs the subcommand and prints its answer; 1 if a connector would not run, 2 if the cluster could not be looked at.
pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("could not start: {error}")),
    };
    let Command::Check(args) = args.command;
    let answer = runtime.block_on(check::run(args));
    runtime.shutdown_background();
    match answer {
        Ok(report) => {
            print!("{report}");
            if report.all_would_run() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(reason) => fail(&reason),
    }
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("wasm-connect takeover: {reason}");
    ExitCode::from(2)
}
