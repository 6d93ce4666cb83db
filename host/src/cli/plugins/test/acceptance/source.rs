//! What is asked of a source.

use std::time::{Duration, Instant};

use wasm_connect_batch::{AcksWriter, Batch, Limits};

use super::super::play::{POLL_LIMITS, heard};
use super::super::subject::{SourceInstance, Subject};
use super::{Found, Scene, Verdict, with};
use crate::config::config_def::Grant;
use crate::connect::Config;
use crate::plugin::ports::{PluginError, PluginErrorKind, PollLimits, PolledRecords};

/// How many records are enough to see that a source goes on.
const ENOUGH: usize = 200;
/// A poll that is asked to return, and a stop, come back within this beside the wait that they were given.
const PROMPT: Duration = Duration::from_secs(5);
/// How long a source that has said that there is nothing is asked again.
const AFTER_THE_LAST: Duration = Duration::from_millis(1_500);

fn told(error: PluginError) -> String {
    error.to_string()
}

/// A record as far as resuming goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    partition: Option<String>,
    offset: Option<String>,
    topic: Option<String>,
}

/// One poll's records, checked; none: idle, for so long.
async fn poll(instance: &mut SourceInstance, limits: PollLimits) -> Result<Result<Vec<Seen>, Duration>, String> {
    let bytes = match instance.task.poll(limits).await {
        Ok(PolledRecords::Batch(bytes)) => bytes,
        Ok(PolledRecords::Idle(idle)) => return Ok(Err(idle)),
        Err(error) if error.kind == PluginErrorKind::Retriable => return Ok(Err(Duration::from_millis(100))),
        Err(error) => return Err(told(error)),
    };
    let batch = Batch::parse(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let max = limits.max_records as usize;
    if batch.len() > max {
        return Err(format!("{} records in a batch, the poll allowed {max}", batch.len()));
    }
    // The SDKs stop behind the record that fills a batch.
    if batch.len() > 1 && bytes.len() - bytes.len() / batch.len() > limits.max_bytes as usize {
        return Err(format!("{} bytes of {} records, the poll allowed {}", bytes.len(), batch.len(), limits.max_bytes));
    }
    let mut records = Vec::new();
    for (position, record) in batch.records() {
        let wrong = |what: &str| format!("record {position} of a batch {what}");
        record.key().value().and_then(|_| record.value().value()).map_err(|error| error.to_string())?;
        let topic = record.topic().ok_or_else(|| wrong("has no topic"))?;
        for flat in [record.source_partition(), record.source_offset()].into_iter().flatten() {
            let json: serde_json::Value = serde_json::from_str(flat).unwrap_or_default();
            let scalar = |value: &serde_json::Value| !value.is_object() && !value.is_array();
            if !json.as_object().is_some_and(|object| object.values().all(scalar)) {
                return Err(wrong(&format!("has {flat}, which is no flat JSON object")));
            }
        }
        records.push(Seen {
            partition: record.source_partition().map(str::to_owned),
            offset: record.source_offset().map(str::to_owned),
            topic: Some(topic.to_owned()),
        });
    }
    Ok(Ok(records))
}

/// Records of one instance, up to `most`, until it has had nothing for a while or the time is over.
async fn gather(
    instance: &mut SourceInstance,
    most: usize,
    limits: PollLimits,
    patience: Duration,
) -> Result<Vec<Seen>, String> {
    let until = Instant::now() + patience;
    let (mut all, mut last) = (Vec::new(), Instant::now());
    let mut acks = AcksWriter::new();
    while all.len() < most && Instant::now() < until {
        match poll(instance, limits).await? {
            Ok(records) => {
                for _ in &records {
                    acks.push(all.len() as u64, None);
                }
                all.extend(records);
                last = Instant::now();
            }
            Err(_) if !all.is_empty() && last.elapsed() >= AFTER_THE_LAST => break,
            Err(idle) => tokio::time::sleep(idle.min(Duration::from_millis(200))).await,
        }
    }
    heard(instance, acks.finish()).await.map_err(told)?;
    Ok(all)
}

async fn started(subject: &Subject) -> Result<SourceInstance, String> {
    let config = subject.task_config().await?;
    subject.source(&config).await.map_err(told)
}

/// Batches can be read to the last value, and records have topics.
pub async fn batches(scene: &Scene<'_>) -> Verdict {
    let mut instance = started(&scene.subject.with(scene.subject.config.clone())).await?;
    let records = gather(&mut instance, ENOUGH, POLL_LIMITS, scene.patience).await?;
    if records.is_empty() {
        return Err(format!("no record came in {:?}", scene.patience));
    }
    Ok(Found::Fine(format!("{} records", records.len())))
}

/// A poll that allows one record gets one, and few bytes are few.
pub async fn limits(scene: &Scene<'_>) -> Verdict {
    for limits in [PollLimits { max_records: 1, ..POLL_LIMITS }, PollLimits { max_bytes: 2_000, ..POLL_LIMITS }] {
        let mut instance = started(&scene.subject.with(scene.subject.config.clone())).await?;
        gather(&mut instance, 10, limits, scene.patience).await?;
    }
    Ok(Found::Fine(String::new()))
}

/// Killed in the middle, and later stopped, an instance's successor begins with the record after the last committed one.
pub async fn resumes(scene: &Scene<'_>) -> Verdict {
    let whole = scene.subject.with(scene.subject.config.clone());
    let all = gather(&mut started(&whole).await?, ENOUGH, POLL_LIMITS, scene.patience).await?;
    if !all.iter().any(|record| record.partition.is_some() && record.offset.is_some()) {
        return Ok(Found::Moot("its records have no offsets"));
    }
    let kill_at = all.len().div_ceil(2);
    let subject = scene.subject.with(scene.subject.config.clone());
    let mut instance = started(&subject).await?;
    let first = gather(&mut instance, kill_at, POLL_LIMITS, scene.patience).await?;
    // What came beyond it was never in Kafka.
    let first = &first[..first.len().min(kill_at)];
    drop(instance);
    for record in first {
        if let Some((partition, offset)) = record.partition.as_deref().zip(record.offset.as_deref()) {
            subject.offsets.commit(partition, offset);
        }
    }
    let mut successor = started(&subject).await?;
    let second = gather(&mut successor, all.len() - first.len(), POLL_LIMITS, scene.patience).await?;
    let partitions: Vec<_> = all.iter().map(|record| &record.partition).collect();
    for partition in partitions.iter().filter(|partition| partition.is_some()) {
        let of = |records: &[Seen]| -> Vec<Option<String>> {
            records
                .iter()
                .filter(|record| record.partition == **partition)
                .map(|record| record.offset.clone())
                .collect()
        };
        let (expected, found) = (of(&all), [of(first), of(&second)].concat());
        let compared = expected.len().min(found.len());
        if let Some(at) = (0..compared).find(|at| expected[*at] != found[*at]) {
            let name = partition.as_deref().unwrap_or_default();
            return Err(format!(
                "of {name}, the record after {:?} has the offset {:?}, without the kill it had {:?}",
                at.checked_sub(1).and_then(|before| found[before].clone()).unwrap_or_default(),
                found[at].as_deref().unwrap_or_default(),
                expected[at].as_deref().unwrap_or_default(),
            ));
        }
    }
    if first.len() + second.len() < all.len() {
        return Err(format!("{} records without a kill, {} with one", all.len(), first.len() + second.len()));
    }
    Ok(Found::Fine(format!("{} records, killed after {}", all.len(), first.len())))
}

/// A poll that is under way comes back soon after the signal, and so does the stop.
pub async fn stops(scene: &Scene<'_>) -> Verdict {
    let mut instance = started(&scene.subject.with(scene.subject.config.clone())).await?;
    let signal = instance.stop.clone();
    let stopper = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        signal.stop();
        Instant::now()
    });
    while !instance.stop.is_stopping() {
        if let Err(idle) = poll(&mut instance, POLL_LIMITS).await? {
            instance.stop.sleep(idle).await;
        }
    }
    let asked = stopper.await.map_err(|error| error.to_string())?;
    instance.task.stop().await.map_err(told)?;
    prompt(asked)
}

/// Whether it is not long since.
pub fn prompt(asked: Instant) -> Verdict {
    let took = asked.elapsed();
    if took > POLL_LIMITS.max_wait + PROMPT {
        return Err(format!("it took {took:?}"));
    }
    Ok(Found::Fine(format!("within {} ms", took.as_millis())))
}

/// What it reads from is not there, or goes away: it waits, or says so.
pub async fn vanishes(scene: &Scene<'_>) -> Verdict {
    let subject = scene.subject;
    let mut tried = Vec::new();
    for key in subject.plugin.config.iter() {
        let Some(value) = subject.config.get(&*key.name).filter(|value| !value.is_empty()) else { continue };
        for grant in &key.grants {
            let gone = match grant {
                Grant::ReadFile | Grant::ReadDir => format!("{value}.gone"),
                Grant::Connect { .. } => nobody_at(value),
                _ => continue,
            };
            let absent = subject.with(with(&subject.config, &key.name, gone));
            tried.push(format!("{} not there: {}", key.name, survives(&absent, None).await?));
            if let Grant::ReadFile = grant {
                let (copy, directory) = copy_of(subject, &key.name, value)?;
                let lost = survives(&copy, Some(&directory)).await?;
                tried.push(format!("{} removed: {lost}", key.name));
            }
        }
    }
    if tried.is_empty() {
        return Ok(Found::Moot("it reads from nothing that a grant names"));
    }
    Ok(Found::Fine(tried.join("; ")))
}

/// The URL or host with a port at which nobody listens.
fn nobody_at(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://127.0.0.1:9/{}", rest.split_once('/').map_or("", |(_, path)| path)),
        None => "127.0.0.1:9".to_owned(),
    }
}

type Directory = super::TemporaryDirectory;

fn copy_of(subject: &Subject, key: &str, file: &str) -> Result<(Subject, Directory), String> {
    let directory = Directory::new()?;
    let copy = directory.path().join("stream");
    std::fs::copy(file, &copy).map_err(|error| format!("could not copy {file}: {error}"))?;
    let config: Config = with(&subject.config, key, copy.display().to_string());
    Ok((subject.with(config), directory))
}

/// Starts and polls, with the files in `gone` removed in between; says what the plugin did, unless it traps.
async fn survives(subject: &Subject, gone: Option<&Directory>) -> Result<String, String> {
    let attempt = async {
        let configs = subject.task_configs(1).await?;
        let Some(config) = configs.first() else { return Ok("no task") };
        let mut instance = subject.source(config).await?;
        for round in 0..4 {
            if let (1, Some(directory)) = (round, gone) {
                // What is left of the file is what the plugin holds open.
                let _ = std::fs::remove_dir_all(directory.path());
            }
            if let PolledRecords::Idle(idle) = instance.task.poll(POLL_LIMITS).await? {
                tokio::time::sleep(idle.min(Duration::from_millis(200))).await;
            }
        }
        Ok("it goes on")
    };
    let outcome: Result<&str, PluginError> = attempt.await;
    match outcome {
        Ok(what) => Ok(what.to_owned()),
        Err(error) if error.kind.is_deadly() => Err(told(error)),
        Err(error) => Ok(format!("{:?}", error.kind).to_lowercase()),
    }
}
