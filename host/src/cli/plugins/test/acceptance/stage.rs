//! What is asked of a transform, a predicate, a converter or a header converter.

use std::fmt;
use std::ops::AddAssign;
use std::time::Instant;

use wasm_connect_batch::{Batch, Datum, Limits, Record, Value};

use super::super::lines::Place;
use super::super::play::batch_of;
use super::super::subject::{Subject, persist};
use super::records::{self, Given};
use super::sink::CHANGING;
use super::source::prompt;
use super::{Found, Scene, Verdict};
use crate::converter::ConverterType;
use crate::plugin::ports::{PluginError, PluginKind, RecordError, Stage, StageAnswer, StageRole};

/// How many records the whole and each record alone are compared of.
const COMPARED: usize = 10;

fn told(error: PluginError) -> String {
    error.to_string()
}

/// What a class of this kind is asked to do; nothing of connectors.
pub fn roles(kind: PluginKind) -> Vec<StageRole> {
    let both = |parts: &[ConverterType]| {
        let ways = parts.iter().flat_map(|part| [StageRole::FromConnect(*part), StageRole::ToConnect(*part)]);
        ways.collect()
    };
    match kind {
        PluginKind::Source | PluginKind::Sink => Vec::new(),
        PluginKind::Transformation => vec![StageRole::Transformation],
        PluginKind::Predicate => vec![StageRole::Predicate],
        PluginKind::Converter => both(&[ConverterType::Key, ConverterType::Value]),
        PluginKind::HeaderConverter => both(&[ConverterType::Header]),
    }
}

/// What became of records.
#[derive(Clone, Copy, Default)]
struct Outcome {
    /// Of a predicate: for how many it holds.
    kept: usize,
    dropped: usize,
    refused: usize,
    /// Records of calls that failed as a whole, for a reason.
    failed: usize,
}

impl AddAssign for Outcome {
    fn add_assign(&mut self, other: Self) {
        self.kept += other.kept;
        self.dropped += other.dropped;
        self.refused += other.refused;
        self.failed += other.failed;
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} go on", self.kept)?;
        for (count, what) in [(self.dropped, "dropped"), (self.refused, "refused"), (self.failed, "fail the task")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

// === one call

/// All that there is to see of a record, or why there is none.
type Seen = Result<String, &'static str>;

const DROPPED: &str = "dropped";
const REFUSED: &str = "refused";

/// What a stage made of each record of a batch of so many, checked.
fn seen(role: StageRole, answer: &StageAnswer, given: usize) -> Result<Vec<Seen>, String> {
    let StageAnswer { bytes, failed } = answer;
    if role == StageRole::Predicate {
        if bytes.len() != given.div_ceil(8) {
            return Err(format!("{} bytes of bits for {given} records", bytes.len()));
        }
        let holds = |index: usize| bytes[index / 8] >> (index % 8) & 1 == 1;
        return Ok((0..given).map(|index| if holds(index) { Ok(String::new()) } else { Err(DROPPED) }).collect());
    }
    let batch = Batch::parse(bytes, &Limits::default()).map_err(|error| error.to_string())?;
    if batch.len() != given {
        return Err(format!("it was given {given} records and answers {}", batch.len()));
    }
    let mut all: Vec<Seen> = (0..given)
        .map(|index| batch.record(index).map_or(Ok(Err(DROPPED)), |record| described(role, &record).map(Ok)))
        .collect::<Result<_, String>>()?;
    for RecordError { index, .. } in failed {
        match all.get_mut(*index as usize) {
            None => return Err(format!("it failed of record {index} of a batch of {given}")),
            Some(Ok(_)) => return Err(format!("it failed of record {index}, and answers it")),
            Some(hole) => *hole = Err(REFUSED),
        }
    }
    Ok(all)
}

/// A record, every part of which can be read; of a converter to Kafka the part is bytes or null.
fn described(role: StageRole, record: &Record<'_>) -> Result<String, String> {
    let mut text = match role {
        // Of converters only the part counts.
        StageRole::FromConnect(_) | StageRole::ToConnect(_) => String::new(),
        _ => format!("{:?} {:?} {:?}", record.topic(), record.partition(), record.timestamp()),
    };
    let mut part = |name: &str, datum: Datum<'_>| {
        let wrong = |what: String| format!("{name} of record {}: {what}", record.position());
        let value = datum.to_value().map_err(|error| wrong(error.to_string()))?;
        if matches!(role, StageRole::FromConnect(_)) && !matches!(value, Value::Bytes(_) | Value::Null) {
            return Err(wrong(format!("{value:?} where Kafka wants bytes")));
        }
        text += &format!(" {name}={:?}:{value:?}", datum.schema());
        Ok(())
    };
    part("the key", record.key())?;
    part("the value", record.value())?;
    for (name, value) in record.headers() {
        part(&format!("the header {name}"), value)?;
    }
    Ok(text)
}

/// Gives a stage a batch of so many records. An error of the plugin's own is an outcome too; one that ends it is not.
async fn process(
    stage: &mut Box<dyn Stage>,
    role: StageRole,
    batch: &[u8],
    given: usize,
) -> Result<Result<Vec<Seen>, PluginError>, String> {
    match persist(async || stage.process(batch).await).await {
        Ok(answer) => seen(role, &answer, given).map(Ok),
        Err(error) if error.kind.is_deadly() => Err(told(error)),
        Err(error) => Ok(Err(error)),
    }
}

fn count(seen: &[Seen]) -> Outcome {
    let mut outcome = Outcome::default();
    for record in seen {
        match record {
            Ok(_) => outcome.kept += 1,
            Err(REFUSED) => outcome.refused += 1,
            Err(_) => outcome.dropped += 1,
        }
    }
    outcome
}

/// Gives the values one after the other to one instance of each role.
async fn each(subject: &Subject, given: impl Fn(StageRole) -> Vec<Given>) -> Verdict {
    let mut outcome = Outcome::default();
    for role in roles(subject.plugin.kind) {
        let mut stage = subject.stage(role).await.map_err(told)?;
        for one in given(role) {
            let batch = records::batch(role, std::slice::from_ref(&one)).map_err(|error| error.to_string())?;
            outcome += match process(&mut stage, role, &batch, 1).await {
                Ok(Ok(seen)) => count(&seen),
                Ok(Err(_)) => Outcome { failed: 1, ..Outcome::default() },
                Err(reason) => return Err(format!("{reason}, of {:?} with {:?}", one.value, one.schema)),
            };
        }
    }
    Ok(Found::Fine(outcome.to_string()))
}

// === checks

/// The values of the lines that the suite was given.
fn input(scene: &Scene<'_>) -> Result<Vec<Given>, String> {
    let bytes = batch_of(scene.lines, &scene.input, &Place { topic: "test", partition: 0, offset: 0 })?;
    let batch = Batch::parse(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
    let values = batch.records().map(|(_, record)| {
        let (schema, value) = (record.value().schema().cloned(), record.value().to_value());
        value.map(|value| Given { schema, value }).map_err(|error| error.to_string())
    });
    values.collect()
}

/// The batch of the lines, as a stage of this role gets it; one from Kafka gets what the one to Kafka made of them.
async fn given_lines(scene: &Scene<'_>, role: StageRole) -> Result<(Vec<u8>, usize), String> {
    let lines = &scene.input;
    let written = |values: &[Given]| {
        let bytes = records::batch(role, values).map_err(|error| error.to_string())?;
        Ok((bytes, values.len()))
    };
    match role {
        StageRole::Transformation | StageRole::Predicate => {
            let bytes = batch_of(scene.lines, lines, &Place { topic: "test", partition: 0, offset: 0 })?;
            Ok((bytes, lines.len()))
        }
        StageRole::FromConnect(_) => written(&input(scene)?),
        StageRole::ToConnect(part) => {
            let to_kafka = StageRole::FromConnect(part);
            let batch = records::batch(to_kafka, &input(scene)?).map_err(|error| error.to_string())?;
            let answer = scene.subject.stage(to_kafka).await.map_err(told)?.process(&batch).await.map_err(told)?;
            let batch = Batch::parse(&answer.bytes, &Limits::default()).map_err(|error| error.to_string())?;
            let parts = batch.records().filter_map(|(_, record)| match part {
                ConverterType::Key => record.key().to_value().ok(),
                ConverterType::Value => record.value().to_value().ok(),
                ConverterType::Header => record.headers().next()?.1.to_value().ok(),
            });
            let bytes = parts.map(|value| Given { schema: Some(records::optional_bytes()), value });
            written(&bytes.collect::<Vec<_>>())
        }
    }
}

/// As many records come out as went in, holes counted, and not all of them are refused.
pub async fn takes(scene: &Scene<'_>) -> Verdict {
    let mut outcome = Outcome::default();
    for role in roles(scene.subject.plugin.kind) {
        let (batch, given) = given_lines(scene, role).await?;
        let mut stage = scene.subject.stage(role).await.map_err(told)?;
        let of_role = count(&process(&mut stage, role, &batch, given).await?.map_err(told)?);
        if of_role.refused == given {
            return Err("it refuses all records: give it some that it understands, with --input".to_owned());
        }
        outcome += of_role;
    }
    Ok(Found::Fine(outcome.to_string()))
}

pub async fn takes_nothing(scene: &Scene<'_>) -> Verdict {
    for role in roles(scene.subject.plugin.kind) {
        let empty = records::batch(role, &[]).map_err(|error| error.to_string())?;
        let mut stage = scene.subject.stage(role).await.map_err(told)?;
        for _ in 0..3 {
            process(&mut stage, role, &empty, 0).await?.map_err(told)?;
        }
    }
    Ok(Found::Fine(String::new()))
}

/// Null in key, value and header, with every schema that allows it and without one.
pub async fn nulls(scene: &Scene<'_>) -> Verdict {
    each(scene.subject, |role| match role {
        StageRole::ToConnect(_) => vec![Given { schema: None, value: Value::Null }],
        _ => records::nulls(),
    })
    .await
}

/// Values of every type; of a converter from Kafka, bytes that anybody may have written.
pub async fn types(scene: &Scene<'_>) -> Verdict {
    each(scene.subject, |role| match role {
        StageRole::ToConnect(_) => records::any_bytes(),
        _ => records::every_type(),
    })
    .await
}

/// The same struct with more, wider and fewer fields, in one batch.
pub async fn schema_changes(scene: &Scene<'_>) -> Verdict {
    let changing = Scene { input: CHANGING.map(str::to_owned).to_vec(), ..*scene };
    let mut outcome = Outcome::default();
    for role in roles(scene.subject.plugin.kind) {
        // One from Kafka sees only bytes.
        if matches!(role, StageRole::ToConnect(_)) {
            continue;
        }
        let (batch, given) = given_lines(&changing, role).await?;
        let mut stage = scene.subject.stage(role).await.map_err(told)?;
        outcome += match process(&mut stage, role, &batch, given).await? {
            Ok(seen) => count(&seen),
            Err(_) => Outcome { failed: given, ..Outcome::default() },
        };
    }
    Ok(Found::Fine(outcome.to_string()))
}

/// What becomes of a record in a batch becomes of it alone, in an instance that has seen no other: after a trap one goes on.
pub async fn independent(scene: &Scene<'_>) -> Verdict {
    for role in roles(scene.subject.plugin.kind) {
        let (batch, given) = given_lines(scene, role).await?;
        let mut wholes = Vec::new();
        for _ in 0..2 {
            let mut stage = scene.subject.stage(role).await.map_err(told)?;
            wholes.push(process(&mut stage, role, &batch, given).await?.map_err(told)?);
        }
        if wholes[0] != wholes[1] {
            return Ok(Found::Moot("it makes something else of the same batch each time"));
        }
        for (index, expected) in wholes[0].iter().enumerate().take(COMPARED) {
            let alone = records::alone(&batch, index).map_err(|error| error.to_string())?;
            let mut stage = scene.subject.stage(role).await.map_err(told)?;
            let found = process(&mut stage, role, &alone, 1).await?.map_err(told)?;
            if found[0] != *expected {
                return Err(format!("record {index} becomes {expected:?} in a batch, and {:?} alone", found[0]));
            }
        }
    }
    Ok(Found::Fine(String::new()))
}

pub async fn closes(scene: &Scene<'_>) -> Verdict {
    let mut last = Ok(Found::Fine(String::new()));
    for role in roles(scene.subject.plugin.kind) {
        let (batch, given) = given_lines(scene, role).await?;
        let mut stage = scene.subject.stage(role).await.map_err(told)?;
        process(&mut stage, role, &batch, given).await?.map_err(told)?;
        let asked = Instant::now();
        stage.close().await.map_err(told)?;
        last = prompt(asked);
        if last.is_err() {
            break;
        }
    }
    last
}
