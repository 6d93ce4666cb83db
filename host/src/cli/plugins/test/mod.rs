//! `plugins test`: runs one component without Kafka, through the worker's own runtime.

mod acceptance;
mod lines;
mod play;
mod refusals;
mod subject;
mod temporary;

use std::path::PathBuf;

use self::lines::Lines;
use self::refusals::Refusals;
use self::subject::Subject;
use super::Answer;
use crate::connect::ConnectorType;

/// Run one component without Kafka: print what a source polls, feed a sink, kill and resume, measure; or hold it against a suite.
///
/// The component runs as in a worker: its connector is asked for the configurations of tasks, the first task is started, and it may
/// open what its own configuration grants. (A worker's allowlist may cover less; here everything is covered.) Its log goes to standard
/// error.
///
///   a source:   wasm-connect plugins test my-source.wasm --config my-source.properties --records 10
///               prints a line of JSON a record, with its source partition and offset
///   a sink:     wasm-connect plugins test my-sink.wasm --config my-sink.properties --input records.jsonl
///               puts a record a line: any JSON value, or {"value": ..., "key": ..., "topic": ..., "partition": ...};
///               a string is text, {"schema": ..., "payload": ...} has a schema as the JsonConverter's, all else is schemaless
///   restarts:   --kill-every 25 ends the instance after every 25 records, as a crash does, and goes on from what was committed
///   speed:      the last line on standard error says how many records a second went through the plugin
///
/// --acceptance holds it against what Connect's guide for connector developers asks of a connector, and says for each what was found:
///
///   any         its keys are well formed; its validation answers whatever it is asked; its start says what is wrong and does not trap;
///               task configurations are as many as there may be; it stops promptly; it tries nothing that it did not ask a grant for
///   a source    its batches are well formed and within limits; after a kill it resumes from its offsets, and loses and repeats nothing;
///               a stream that vanishes is no trap; it hears of acknowledgements and commits if it wants to
///   a sink      it takes records and empty batches; it commits no more than it got; partitions come and go; a batch that comes again
///               after a crash is taken (with --idempotent: and leaves its files as they were); two tasks create the same target at
///               once; a schema changes midway
///
/// Files that a sink writes are redirected into a temporary directory by --acceptance. It ends with 1 if something is not as it should
/// be.
#[derive(clap::Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The component
    file: PathBuf,
    /// The connector: .properties, a flat JSON object, or a REST request {"name", "config"}
    #[arg(long)]
    config: PathBuf,
    /// The suite in place of a run
    #[arg(long)]
    acceptance: bool,
    /// The plugin declares that what is put twice has the effect of once: --acceptance compares the files that it wrote
    #[arg(long)]
    idempotent: bool,
    /// Records for a sink, a line of JSON each; - is standard input [default with --acceptance: some texts]
    #[arg(long)]
    input: Option<PathBuf>,
    /// A source is done after so many records
    #[arg(long, default_value_t = 100)]
    records: usize,
    /// A source is done after so many seconds, however few records there were
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Records of one put
    #[arg(long, default_value_t = 500)]
    batch: usize,
    /// End the instance after so many records, without a word to it, and go on with a new one [default: never]
    #[arg(long)]
    kill_every: Option<usize>,
    /// Where compiled code is kept between runs [default: nowhere]
    #[arg(long)]
    cache_directory: Option<PathBuf>,
}

/// Runs it; `Faulty`: the suite found something.
pub async fn run(args: Args) -> Result<Answer, String> {
    let refusals = Refusals::listen(!args.acceptance);
    let subject = Subject::load(&args.file, &args.config, args.cache_directory.clone()).await?;
    let lines = Lines::new()?;
    if args.acceptance {
        return acceptance::run(&subject, &lines, &args, &refusals).await;
    }
    match subject.plugin.connector_type() {
        ConnectorType::Source => play::source(&subject, &lines, &args).await?,
        _ => play::sink(&subject, &lines, &args).await?,
    }
    Ok(Answer::Fine(String::new()))
}
