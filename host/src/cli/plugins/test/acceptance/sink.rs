//! What is asked of a sink.

use std::time::{Duration, Instant};

use super::super::lines::Place;
use super::super::play::{batch_of, topic};
use super::super::subject::{SinkInstance, Subject};
use super::source::prompt;
use super::{Found, Scene, Verdict};
use crate::connect::{PartitionOffset, TopicPartition};
use crate::plugin::ports::{PluginError, PluginErrorKind};

/// How often a put that could succeed later is made, and how long after each other.
const TRIES: usize = 20;
const BETWEEN_TRIES: Duration = Duration::from_millis(250);

/// One struct, then the same with a field more, with a wider one, and without the first.
pub(super) const CHANGING: [&str; 4] = [
    r#"{"schema":{"type":"struct","fields":[{"field":"id","type":"int32"}]},"payload":{"id":1}}"#,
    r#"{"schema":{"type":"struct","fields":[{"field":"id","type":"int32"},{"field":"note","type":"string","optional":true}]},"payload":{"id":2,"note":"new"}}"#,
    r#"{"schema":{"type":"struct","fields":[{"field":"id","type":"int64"},{"field":"note","type":"string","optional":true}]},"payload":{"id":3,"note":null}}"#,
    r#"{"schema":{"type":"struct","fields":[{"field":"note","type":"string"}]},"payload":{"note":"alone"}}"#,
];

fn told(error: PluginError) -> String {
    error.to_string()
}

fn partition(subject: &Subject, number: i32) -> TopicPartition {
    TopicPartition { topic: topic(&subject.config).into(), partition: number }
}

async fn started(subject: &Subject, task: u32, number: i32) -> Result<SinkInstance, String> {
    let config = subject.task_config().await?;
    subject.sink(task, &config, &[partition(subject, number)]).await.map_err(told)
}

fn batch(scene: &Scene<'_>, texts: &[String], number: i32, offset: i64) -> Result<Vec<u8>, String> {
    batch_of(scene.lines, texts, &Place { topic: &topic(&scene.subject.config), partition: number, offset })
}

/// Puts a batch, again while the plugin asks for it; how many records it did not take.
async fn put(instance: &mut SinkInstance, batch: &[u8]) -> Result<usize, PluginError> {
    for _ in 1..TRIES {
        match instance.task.put(batch).await {
            Err(error) if error.kind == PluginErrorKind::Retriable => tokio::time::sleep(BETWEEN_TRIES).await,
            outcome => return Ok(outcome?.len()),
        }
    }
    Ok(instance.task.put(batch).await?.len())
}

/// Commits what was delivered; an error if more or another partition is said to be safe.
async fn commit(instance: &mut SinkInstance, partition: &TopicPartition, offset: i64) -> Result<Option<i64>, String> {
    let delivered = PartitionOffset { partition: partition.clone(), offset };
    let safe = instance.task.pre_commit(&[delivered]).await.map_err(told)?;
    match safe.iter().find(|of| of.partition != *partition || of.offset > offset) {
        Some(wrong) => {
            Err(format!("{offset} of {partition} was delivered, {} of {} is safe", wrong.offset, wrong.partition))
        }
        None => Ok(safe.first().map(|of| of.offset)),
    }
}

fn count(texts: &[String]) -> i64 {
    i64::try_from(texts.len()).unwrap_or(i64::MAX)
}

pub async fn takes(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let mut instance = started(&subject, 0, 0).await?;
    let refused = put(&mut instance, &batch(scene, &scene.input, 0, 0)?).await.map_err(told)?;
    if refused == scene.input.len() {
        return Err("it takes none of the records: give it some that it understands, with --input".to_owned());
    }
    let end = count(&scene.input);
    let safe = commit(&mut instance, &partition(&subject, 0), end).await?;
    let safe = safe.map_or("none".to_owned(), |offset| offset.to_string());
    Ok(Found::Fine(format!("{} records, {refused} of them refused, {safe} of {end} committed", scene.input.len())))
}

pub async fn takes_nothing(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let mut instance = started(&subject, 0, 0).await?;
    let empty = batch(scene, &[], 0, 0)?;
    for _ in 0..3 {
        put(&mut instance, &empty).await.map_err(told)?;
    }
    // Nothing was delivered, so there is nothing that may be committed.
    let safe = instance.task.pre_commit(&[]).await.map_err(told)?;
    if safe.is_empty() {
        Ok(Found::Fine(String::new()))
    } else {
        Err(format!("nothing was delivered, {safe:?} is safe"))
    }
}

/// One partition is taken away for another one, and comes back.
pub async fn partitions(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let mut instance = started(&subject, 0, 0).await?;
    for (round, (from, to)) in (0..).zip([(0, 1), (1, 0)]) {
        let (offset, end) = (round * count(&scene.input), (round + 1) * count(&scene.input));
        put(&mut instance, &batch(scene, &scene.input, from, offset)?).await.map_err(told)?;
        commit(&mut instance, &partition(&subject, from), end).await?;
        instance.task.close(&[partition(&subject, from)]).await.map_err(told)?;
        instance.context.assign(&[partition(&subject, to)]);
        instance.task.open(&[partition(&subject, to)]).await.map_err(told)?;
    }
    put(&mut instance, &batch(scene, &scene.input, 0, 2 * count(&scene.input))?).await.map_err(told)?;
    Ok(Found::Fine(String::new()))
}

/// The same batch comes to an instance and, as nothing was committed, to its successor.
pub async fn comes_again(scene: &Scene<'_>) -> Verdict {
    let (subject, directory) = scene.redirected()?;
    let records = batch(scene, &scene.input, 0, 0)?;
    let mut states = Vec::new();
    for _ in 0..2 {
        let mut instance = started(&subject, 0, 0).await?;
        put(&mut instance, &records).await.map_err(told)?;
        // It is flushed, and the worker dies before it can commit.
        commit(&mut instance, &partition(&subject, 0), count(&scene.input)).await?;
        drop(instance);
        states.push(directory.contents());
    }
    if !scene.idempotent {
        return Ok(Found::Fine("it declares no idempotence".to_owned()));
    }
    if states[0].is_empty() {
        return Ok(Found::Moot("it writes no files that could be compared"));
    }
    if states[0] == states[1] {
        Ok(Found::Fine("and changes nothing".to_owned()))
    } else {
        Err("it changes the files that it wrote".to_owned())
    }
}

/// Neither task finds the target, and both want it.
pub async fn two_tasks(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let configs = subject.task_configs(2).await.map_err(told)?;
    let (Some(first), Some(second)) = (configs.first(), configs.last()) else {
        return Err("the connector has no work for a task".to_owned());
    };
    let work = |task: u32, number: i32, config: crate::connect::Config| {
        let subject = &subject;
        async move {
            let mut instance = subject.sink(task, &config, &[partition(subject, number)]).await.map_err(told)?;
            let end = count(&scene.input);
            for round in 0..3 {
                put(&mut instance, &batch(scene, &scene.input, number, round * end)?).await.map_err(told)?;
                commit(&mut instance, &partition(subject, number), (round + 1) * end).await?;
            }
            instance.stop.stop();
            instance.task.stop().await.map_err(told)
        }
    };
    let (one, other) = tokio::join!(work(0, 0, first.clone()), work(1, 1, second.clone()));
    one?;
    other?;
    Ok(Found::Fine(if configs.len() < 2 { "of its only configuration".to_owned() } else { String::new() }))
}

/// Each record may be taken or refused, or fail the task with its reason.
pub async fn schema_changes(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let mut instance = started(&subject, 0, 0).await?;
    let mut taken = 0;
    for (offset, text) in (0..).zip(CHANGING) {
        match put(&mut instance, &batch(scene, &[text.to_owned()], 0, offset)?).await {
            Ok(refused) => taken += 1 - refused.min(1),
            Err(error) if error.kind.is_deadly() => return Err(told(error)),
            Err(error) => return Ok(Found::Fine(format!("{taken} taken, then the task fails: {}", error.message))),
        }
    }
    commit(&mut instance, &partition(&subject, 0), 4).await?;
    Ok(Found::Fine(format!("{taken} of {} taken, the others refused", CHANGING.len())))
}

pub async fn stops(scene: &Scene<'_>) -> Verdict {
    let (subject, _directory) = scene.redirected()?;
    let mut instance = started(&subject, 0, 0).await?;
    put(&mut instance, &batch(scene, &scene.input, 0, 0)?).await.map_err(told)?;
    let asked = Instant::now();
    instance.stop.stop();
    commit(&mut instance, &partition(&subject, 0), count(&scene.input)).await?;
    instance.task.close(&[partition(&subject, 0)]).await.map_err(told)?;
    instance.task.stop().await.map_err(told)?;
    prompt(asked)
}
