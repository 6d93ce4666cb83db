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
use crate::plugin::ports::{PluginKind, StageRole};

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
///   a stage:    wasm-connect plugins test my-transform.wasm --config keys.properties --input records.jsonl
///               a transform: prints what becomes of each record, as a line of JSON; a predicate: prints the records it holds for.
///               The configuration, if any, is that of its place, without prefix. --class says which one is meant if there are several
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
///   a stage     as many records come out of a transform, predicate or converter as went in; nulls, values of every type and schemas
///               that change are no trap; what becomes of a record does not depend on the ones before it
///
/// Files that a sink writes are redirected into a temporary directory by --acceptance. It ends with 1 if something is not as it should
/// be.
#[derive(clap::Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The component
    file: PathBuf,
    /// The connector: .properties, a flat JSON object, or a REST request {"name", "config"}; of a stage, its own keys alone
    #[arg(long)]
    config: Option<PathBuf>,
    /// The transform, predicate or converter that is meant [default: the only one of a component without connectors]
    #[arg(long)]
    class: Option<String>,
    /// The suite in place of a run
    #[arg(long)]
    acceptance: bool,
    /// The plugin declares that what is put twice has the effect of once: --acceptance compares the files that it wrote
    #[arg(long)]
    idempotent: bool,
    /// Records for a sink or stage, a line of JSON each; - is standard input [default with --acceptance: some texts]
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
    let (config, class) = (args.config.as_deref(), args.class.as_deref());
    let subject = Subject::load(&args.file, config, class, args.cache_directory.clone()).await?;
    let lines = Lines::new()?;
    if args.acceptance {
        return acceptance::run(&subject, &lines, &args, &refusals).await;
    }
    match subject.plugin.kind {
        PluginKind::Source => play::source(&subject, &lines, &args).await?,
        PluginKind::Sink => play::sink(&subject, &lines, &args).await?,
        PluginKind::Transformation => play::stage(&subject, &lines, &args, StageRole::Transformation).await?,
        PluginKind::Predicate => play::stage(&subject, &lines, &args, StageRole::Predicate).await?,
        PluginKind::Converter | PluginKind::HeaderConverter => {
            return Err("a converter is held against the suite only: --acceptance".to_owned());
        }
    }
    Ok(Answer::Fine(String::new()))
}
