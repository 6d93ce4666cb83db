//! `wasm-connect plugins`: what is in a plugin path and in a file, and making components ready for one. Needs no Kafka.

mod check;
mod compile;
mod componentize;
mod inspect;
mod list;
mod new;
mod package;
mod table;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use crate::plugin::component::{CompileLimits, Compiler, ComponentRuntime, RuntimeOptions};
use crate::plugin::scanner::Scanner;

/// Show what is in a plugin path or a file, and make components ready for one.
///
/// A plugin is a WebAssembly component, one .wasm file. From source to a worker:
///
///   0. begin it:       wasm-connect plugins new my-plugin --lang rust --kind source
///   1. build it:       cargo build --release --target wasm32-wasip2
///   2. package it:     wasm-connect plugins package target/…/my_plugin.wasm -o my-plugin.wasm
///   3. check it:       wasm-connect plugins check my-plugin.wasm
///   4. try it:         wasm-connect plugins test my-plugin.wasm --config test.properties
///   5. drop it:        cp my-plugin.wasm /a/directory/of/plugin.path/
///
/// A running worker lists it within two seconds. Nothing here needs Kafka or a worker.
#[derive(clap::Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    List(list::Args),
    Inspect(inspect::Args),
    Check(check::Args),
    Package(package::Args),
    Compile(compile::Args),
    New(new::Args),
    Test(test::Args),
}

/// What a subcommand found.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Fine(String),
    /// Something that was looked at is not as it should be; the text says what.
    Faulty(String),
}

/// Runs the subcommand and prints its answer; 1 if something is wrong, or it could not be done, with the reason on standard error.
pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("could not start: {error}")),
    };
    let answer = runtime.block_on(async {
        match args.command {
            Command::List(args) => list::run(args).await.map(Answer::Fine),
            Command::Inspect(args) => inspect::run(args).await.map(Answer::Fine),
            Command::Check(args) => check::run(args).await,
            Command::Package(args) => package::run(args).await.map(Answer::Fine),
            Command::Compile(args) => compile::run(args).await,
            Command::New(args) => new::run(&args).map(Answer::Fine),
            Command::Test(args) => test::run(args).await,
        }
    });
    match answer {
        Ok(Answer::Fine(text)) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Answer::Faulty(text)) => {
            print!("{text}");
            ExitCode::FAILURE
        }
        Err(reason) => fail(&reason),
    }
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("wasm-connect plugins: {reason}");
    ExitCode::FAILURE
}

/// Of a runtime that compiles as a worker with default settings does.
fn options() -> RuntimeOptions {
    RuntimeOptions { compiler: Compiler::InChild(CompileLimits::default()), ..RuntimeOptions::default() }
}

/// Files are of any size: their user named them.
fn scanner(plugin_path: Vec<PathBuf>, runtime: Arc<ComponentRuntime>) -> Scanner {
    Scanner { plugin_path, max_bytes: u64::MAX, describe: runtime }
}
