//! FileStreamSource: the lines of a file, or of standard input, as records (Java's `FileStreamSourceConnector`).

mod follow;
mod input;
mod keys;
mod lines;
mod offsets;
mod stdin;
mod utf8;

use input::{Input, Read};
use lines::Lines;
use std::time::Duration;
use wasm_connect_sdk::{
    Config, ConfigDef, Error, ExactlyOnce, FrameHead, NumberOffset, Polled, Records, Result, ScalarMap, SchemaId,
    SourceConnector, SourceConnectorContext, SourceTask, SourceTaskContext, info,
};

wasm_connect_sdk::export! { sources: [FileStreamSourceConnector] }

/// Java waits this long when there is nothing to read.
const IDLE: Duration = Duration::from_secs(1);
/// What only changes with its file is waited for so long, since the host ends the wait when the file changes.
const UNTIL_IT_CHANGES: Duration = Duration::from_secs(30);
/// A file that has just grown is looked at sooner.
const ACTIVE: Duration = Duration::from_millis(100);

pub struct FileStreamSourceConnector(Config);

impl SourceConnector for FileStreamSourceConnector {
    const CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
    const VERSION: &'static str = "4.3.1";
    const TASK_CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSourceTask";
    const DOCUMENTATION: &'static str = "Copies the lines of a file, and those appended to it later, to a topic.";
    type Task = FileStreamSourceTask;

    fn config_def() -> ConfigDef {
        keys::config_def()
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        let parsed = Self::config_def().parse(&config)?;
        let from = parsed.non_empty("file").unwrap_or("standard input");
        info!("Starting file source connector reading from {from}");
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        // One file is read by one task, however many are allowed.
        Ok(vec![self.0.clone()])
    }

    fn exactly_once_support(config: &Config) -> ExactlyOnce {
        offsets::exactly_once(config)
    }

    fn alter_offsets(config: &Config, offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        offsets::check(config, offsets).map(|()| true)
    }
}

pub struct FileStreamSourceTask {
    input: Input,
    /// None for standard input, of which no offsets are kept.
    partition: Option<ScalarMap>,
    topic: String,
    batch_size: usize,
    offset: NumberOffset,
    /// Bytes up to the end of the last line that became a record.
    position: u64,
    lines: Lines,
    idle: Duration,
}

impl SourceTask for FileStreamSourceTask {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let config = FileStreamSourceConnector::config_def().parse(&config)?;
        let partition = config.non_empty("file").map(|file| ScalarMap::of(offsets::FILENAME, file));
        let position =
            partition.as_ref().map_or(Ok(0), |partition| offsets::committed_position(&context, partition))?;
        Ok(Self {
            input: Input::new(config.non_empty("file"), position),
            partition,
            topic: config.string("topic").unwrap_or_default().to_owned(),
            batch_size: config.long("batch.size").and_then(|size| size.try_into().ok()).unwrap_or(1).max(1),
            offset: NumberOffset::new(offsets::POSITION),
            position,
            lines: Lines::default(),
            idle: IDLE,
        })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        records.limit_records(self.batch_size);
        let route = records.route(&self.topic, self.partition.as_ref());
        loop {
            self.write_lines(records, &route)?;
            if records.is_full() {
                return Ok(Polled::Records);
            }
            // Never wait with records in hand.
            let wait = if records.is_empty() { records.limits().max_wait } else { Duration::ZERO };
            match self.input.read(&mut self.lines, wait)? {
                Read::Bytes => self.idle = ACTIVE,
                Read::StartAt(position) => self.position = position,
                // What was brought may be followed by more at once.
                Read::NothingYet if !records.is_empty() => return Ok(Polled::Records),
                Read::NothingYet => return Ok(Polled::Idle(self.next_idle())),
                Read::Waited => return Ok(Polled::Idle(Duration::ZERO)),
            }
        }
    }
}

impl FileStreamSourceTask {
    /// Turns the complete lines that were read into records, until the poll is full.
    fn write_lines(&mut self, records: &mut Records, route: &FrameHead) -> Result<()> {
        while !records.is_full() {
            let Some(line) = self.lines.next_line() else { break };
            self.position += line.length as u64;
            let mut frame = records.begin(route);
            frame.value_with::<Error>(SchemaId::STRING, |value| {
                utf8::decode(line.text, value);
                Ok(())
            })?;
            if self.partition.is_some() {
                frame.source_offset_with(|json| self.offset.write(self.position, json))?;
            }
            frame.finish();
        }
        Ok(())
    }

    /// Doubles from [`ACTIVE`] to [`IDLE`] while nothing comes, and is [`UNTIL_IT_CHANGES`] then.
    fn next_idle(&mut self) -> Duration {
        let next = if self.idle < IDLE { (self.idle * 2).min(IDLE) } else { UNTIL_IT_CHANGES };
        std::mem::replace(&mut self.idle, next)
    }
}

#[cfg(test)]
mod tests;
