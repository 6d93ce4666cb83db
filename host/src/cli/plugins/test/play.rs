//! A run of the plugin: a source's records are printed as they come, a sink is fed lines.

use std::fs::File;
use std::io::{BufRead, BufReader, Write, stdin};
use std::path::Path;
use std::time::{Duration, Instant};

use wasm_connect_batch::{AcksWriter, Batch, BatchWriter, Limits};

use super::Args;
use super::lines::{Lines, Place};
use super::subject::{SinkInstance, SourceInstance, Subject};
use crate::connect::{Config, PartitionOffset, TopicPartition};
use crate::plugin::ports::{PluginError, PluginErrorKind, PollLimits, PolledRecords, StageRole};

/// How much a poll may bring here.
pub const POLL_LIMITS: PollLimits =
    PollLimits { max_records: 2_000, max_bytes: 1 << 20, max_wait: Duration::from_secs(1) };
/// How often a call that could succeed later is made, and how long after the first one; doubled each time.
const TRIES: u32 = 8;
const FIRST_WAIT: Duration = Duration::from_millis(50);

fn told(error: PluginError) -> String {
    error.to_string()
}

/// What went through the plugin, in its own time.
#[derive(Default)]
struct Meter {
    records: usize,
    calls: usize,
    bytes: usize,
    spent: Duration,
    /// The least time of one record in a call of at least [`MANY`]: what it costs when nobody else wants the processor.
    best: Option<Duration>,
}

/// So many records in one call say what one of them costs.
const MANY: usize = 100;

impl Meter {
    /// A call that took so long, and what went through it.
    fn call(&mut self, took: Duration, records: usize, bytes: usize) {
        self.spent += took;
        self.calls += 1;
        self.bytes += bytes;
        if records >= MANY {
            let each = took / u32::try_from(records).unwrap_or(u32::MAX);
            self.best = Some(self.best.map_or(each, |best| best.min(each)));
        }
    }

    fn tell(&self, verb: &str) {
        let per_second = self.records as f64 / self.spent.as_secs_f64().max(1e-9);
        let best =
            self.best.map_or(String::new(), |best| format!(", {} ns a record in the best call", best.as_nanos()));
        eprintln!(
            "{verb} {} records ({} bytes of batches) in {} calls: {per_second:.0} records a second{best}",
            self.records, self.bytes, self.calls
        );
    }
}

// === sources

/// Polls until there are enough records or the time is over.
pub async fn source(subject: &Subject, lines: &Lines, args: &Args) -> Result<(), String> {
    let config = subject.task_config().await?;
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let mut meter = Meter::default();
    while meter.records < args.records && Instant::now() < until {
        let mut instance = subject.source(&config).await.map_err(told)?;
        let most = args.kill_every.unwrap_or(usize::MAX).min(args.records - meter.records);
        poll_some(subject, &mut instance, lines, &mut meter, most, until).await?;
        if meter.records >= args.records || Instant::now() >= until {
            instance.stop.stop();
            instance.task.stop().await.map_err(told)?;
        } else {
            eprintln!("killed after {} records", meter.records);
        }
    }
    meter.tell("polled");
    Ok(())
}

/// Prints and commits so many records of one instance.
async fn poll_some(
    subject: &Subject,
    instance: &mut SourceInstance,
    lines: &Lines,
    meter: &mut Meter,
    most: usize,
    until: Instant,
) -> Result<(), String> {
    let (mut done, mut sequence) = (0, 0);
    while done < most && Instant::now() < until {
        let began = Instant::now();
        let polled = instance.task.poll(POLL_LIMITS).await;
        let took = began.elapsed();
        let bytes = match polled {
            Ok(PolledRecords::Batch(bytes)) => bytes,
            Ok(PolledRecords::Idle(idle)) => {
                let idle = idle.min(until.saturating_duration_since(Instant::now()));
                tokio::select! {
                    () = tokio::time::sleep(idle) => {}
                    () = instance.task.file_changed() => {}
                }
                continue;
            }
            Err(error) if error.kind == PluginErrorKind::Retriable => {
                eprintln!("{error}");
                tokio::time::sleep(FIRST_WAIT).await;
                continue;
            }
            Err(error) => return Err(told(error)),
        };
        let batch = Batch::parse(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
        meter.call(took, batch.len(), bytes.len());
        let mut acks = AcksWriter::new();
        let mut out = std::io::stdout().lock();
        for (_, record) in batch.records().take(most - done) {
            writeln!(out, "{}", lines.show(&record)?).map_err(|error| format!("could not print: {error}"))?;
            if let Some((partition, offset)) = record.source_partition().zip(record.source_offset()) {
                subject.offsets.commit(partition, offset);
            }
            acks.push(sequence, None);
            sequence += 1;
            done += 1;
            meter.records += 1;
        }
        drop(out);
        heard(instance, acks.finish()).await.map_err(told)?;
    }
    Ok(())
}

/// Tells a task of what it wants to hear.
pub async fn heard(instance: &mut SourceInstance, acks: Vec<u8>) -> Result<(), PluginError> {
    if instance.options.acknowledge_records {
        instance.task.acknowledged(acks).await?;
    }
    if instance.options.commit {
        instance.task.commit().await?;
    }
    Ok(())
}

// === sinks

/// The lines of a file, or of standard input.
pub fn read_lines(path: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("could not read {}: {error}", path.display());
    let reader: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(BufReader::new(stdin()))
    } else {
        Box::new(BufReader::new(File::open(path).map_err(failed)?))
    };
    let lines: Result<Vec<String>, _> = reader.lines().collect();
    Ok(lines.map_err(failed)?.into_iter().filter(|line| !line.trim().is_empty()).collect())
}

/// The topic of records that name none: the first of the configuration's.
pub fn topic(config: &Config) -> String {
    let topics = config.get("topics").map_or("", String::as_str);
    let first = topics.split(',').next().unwrap_or_default().trim();
    if first.is_empty() { "test".to_owned() } else { first.to_owned() }
}

/// A batch of lines, the first of which has this offset.
pub fn batch_of(lines: &Lines, texts: &[String], place: &Place<'_>) -> Result<Vec<u8>, String> {
    let mut writer = BatchWriter::new();
    for (offset, text) in (place.offset..).zip(texts) {
        let own = Place { topic: place.topic, partition: place.partition, offset };
        lines.append(text, &own, &mut writer).map_err(|reason| format!("record {offset}: {reason}"))?;
    }
    Ok(writer.finish())
}

/// Puts all lines, commits, and stops.
pub async fn sink(subject: &Subject, lines: &Lines, args: &Args) -> Result<(), String> {
    let input = args.input.as_deref().ok_or("a sink wants --input: records, a line of JSON each")?;
    let texts = read_lines(input)?;
    let config = subject.task_config().await?;
    let topic = topic(&subject.config);
    let partition = TopicPartition { topic: topic.as_str().into(), partition: 0 };
    let mut meter = Meter::default();
    let mut committed = 0;
    while committed < texts.len() {
        let mut instance = subject.sink(0, &config, std::slice::from_ref(&partition)).await.map_err(told)?;
        let end = args.kill_every.map_or(texts.len(), |every| texts.len().min(committed + every.max(1)));
        let mut at = committed;
        for chunk in texts[committed..end].chunks(args.batch.max(1)) {
            let offset = i64::try_from(at).map_err(|_| "too many records")?;
            let batch = batch_of(lines, chunk, &Place { topic: &topic, partition: 0, offset })?;
            put(&mut instance, &batch, at, chunk.len(), &mut meter).await?;
            meter.records += chunk.len();
            at += chunk.len();
        }
        let delivered = PartitionOffset {
            partition: partition.clone(),
            offset: i64::try_from(at).map_err(|_| "too many records")?,
        };
        let safe = instance.task.pre_commit(std::slice::from_ref(&delivered)).await.map_err(told)?;
        let safe = safe.iter().find(|of| of.partition == partition).map(|of| of.offset);
        let safe = safe.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(committed);
        if end < texts.len() {
            eprintln!("killed after {end} records, {safe} are committed");
        } else {
            instance.task.close(std::slice::from_ref(&partition)).await.map_err(told)?;
            instance.stop.stop();
            instance.task.stop().await.map_err(told)?;
            if safe < end {
                return Err(format!("of {end} records that were put, {safe} are committed"));
            }
        }
        if safe == committed {
            return Err(format!("nothing is committed after {end} records"));
        }
        committed = safe;
    }
    meter.tell("put");
    Ok(())
}

/// Puts one batch; what the plugin did not take is printed.
async fn put(
    instance: &mut SinkInstance,
    batch: &[u8],
    first: usize,
    records: usize,
    meter: &mut Meter,
) -> Result<(), String> {
    let mut wait = FIRST_WAIT;
    for left in (0..TRIES).rev() {
        let began = Instant::now();
        let answer = instance.task.put(batch).await;
        let took = began.elapsed();
        match answer {
            Ok(refused) => {
                for record in refused {
                    println!("record {} was not taken: {}", first + record.index as usize, record.message);
                }
                meter.call(took, records, batch.len());
                return Ok(());
            }
            Err(error) if error.kind == PluginErrorKind::Retriable && left > 0 => {
                eprintln!("{error}");
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            Err(error) => return Err(told(error)),
        }
    }
    Ok(())
}

// === stages

/// Prints what becomes of each line of a transform, or the lines that a predicate holds for.
pub async fn stage(subject: &Subject, lines: &Lines, args: &Args, role: StageRole) -> Result<(), String> {
    let texts = read_lines(args.input.as_deref().ok_or("a stage wants --input: records, a line of JSON each")?)?;
    let mut instance = subject.stage(role).await.map_err(told)?;
    let mut meter = Meter::default();
    for chunk in texts.chunks(args.batch.max(1)) {
        let offset = i64::try_from(meter.records).map_err(|_| "too many records")?;
        let batch = batch_of(lines, chunk, &Place { topic: "test", partition: 0, offset })?;
        let began = Instant::now();
        let answer = instance.process(&batch).await.map_err(told)?;
        meter.call(began.elapsed(), chunk.len(), batch.len());
        if role == StageRole::Predicate {
            let holds = |index: usize| answer.bytes.get(index / 8).is_some_and(|bits| bits >> (index % 8) & 1 == 1);
            chunk.iter().enumerate().filter(|(index, _)| holds(*index)).for_each(|(_, text)| println!("{text}"));
        } else {
            let made = Batch::parse(&answer.bytes, &Limits::default()).map_err(|error| error.to_string())?;
            for (_, record) in made.records() {
                println!("{}", lines.show(&record)?);
            }
            for refused in answer.failed {
                println!("record {} was refused: {}", meter.records + refused.index as usize, refused.message);
            }
        }
        meter.records += chunk.len();
    }
    instance.close().await.map_err(told)?;
    meter.tell("processed");
    Ok(())
}
