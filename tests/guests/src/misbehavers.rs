//! A source and a sink that misbehave in the call that they are told.

use std::time::Duration;

use wasm_connect_sdk::{
    Acks, Batch, Config, ConfigDef, ConfigValue, PartitionOffset, Payload, Polled, RecordError, Records, Result,
    ScalarMap, SchemaId, SinkConnector, SinkConnectorContext, SinkTask, SinkTaskContext, SourceConnector,
    SourceConnectorContext, SourceTask, SourceTaskContext, SourceTaskOptions, TopicPartition,
};

use crate::acts::{self, Act};
use crate::connectors::{VERSION, topic};

/// A source that brings a record a poll.
pub struct MisbehavingSource {
    config: Config,
    act: Act,
}

impl SourceConnector for MisbehavingSource {
    const CLASS: &'static str = "tests.guests.MisbehavingSource";
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = "tests.guests.MisbehavingSourceTask";

    type Task = MisbehavingSourceTask;

    fn config_def() -> ConfigDef {
        acts::keys("validate, connector.start, task-configs, monitor, connector.stop, alter-offsets, start, poll, acknowledged, commit, stop")
            .define(wasm_connect_sdk::ConfigKey::string("topic").default("guests").doc("Where records go."))
    }

    fn validate(config: &Config) -> Vec<ConfigValue> {
        let _ = Act::of(config).play("validate");
        Vec::new()
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        let act = Act::of(&config);
        act.play("connector.start")?;
        Ok(Self { config, act })
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        self.act.play("task-configs")?;
        Ok(vec![self.config.clone()])
    }

    fn monitor(&mut self) -> Result<Option<Duration>> {
        self.act.play("monitor")?;
        Ok(None)
    }

    fn stop(&mut self) {
        let _ = self.act.play("connector.stop");
    }

    fn alter_offsets(config: &Config, _offsets: &[(ScalarMap, Option<ScalarMap>)]) -> Result<bool> {
        Act::of(config).play("alter-offsets")?;
        Ok(true)
    }
}

/// The task of [`MisbehavingSource`].
pub struct MisbehavingSourceTask {
    topic: String,
    act: Act,
    polls: i64,
}

impl SourceTask for MisbehavingSourceTask {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let act = Act::of(&config);
        act.play("start")?;
        Ok(Self { topic: topic(&config), act, polls: 0 })
    }

    fn options(&self) -> SourceTaskOptions {
        SourceTaskOptions { acknowledge_records: self.act.is_in("acknowledged"), commit: self.act.is_in("commit") }
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        self.act.play("poll")?;
        self.polls += 1;
        let route = records.route(&self.topic, Some(&ScalarMap::of("guest", "misbehaving")));
        let mut record = records.begin(&route);
        record.value(Payload::Str(SchemaId::STRING, "a record"))?;
        record.source_offset(&ScalarMap::of("polls", self.polls).to_string())?;
        record.finish();
        Ok(Polled::Idle(Duration::from_millis(200)))
    }

    fn acknowledged(&mut self, _acks: &Acks<'_>) -> Result<()> {
        self.act.play("acknowledged")
    }

    fn commit(&mut self) -> Result<()> {
        self.act.play("commit")
    }

    fn stop(&mut self) {
        let _ = self.act.play("stop");
    }
}

/// A sink that takes everything.
pub struct MisbehavingSink(Config);

impl SinkConnector for MisbehavingSink {
    const CLASS: &'static str = "tests.guests.MisbehavingSink";
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = "tests.guests.MisbehavingSinkTask";

    type Task = MisbehavingSinkTask;

    fn config_def() -> ConfigDef {
        acts::keys("start, open, put, pre-commit, close, stop")
    }

    fn start(config: Config, _context: SinkConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }
}

/// The task of [`MisbehavingSink`].
pub struct MisbehavingSinkTask(Act);

impl SinkTask for MisbehavingSinkTask {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        let act = Act::of(&config);
        act.play("start")?;
        Ok(Self(act))
    }

    fn open(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>> {
        self.0.play("open")?;
        // One that is not the task's, and one that no partition has.
        let strange = PartitionOffset { topic: "not-mine".to_owned(), partition: 7, offset: 5 };
        let negative = partitions.first().map(|at| PartitionOffset {
            topic: at.topic.clone(),
            partition: at.partition,
            offset: -5,
        });
        Ok(if self.0.is_in("open.offsets") { negative.into_iter().chain([strange]).collect() } else { Vec::new() })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        if !records.is_empty() {
            self.0.play("put")?;
        }
        Ok(match self.0.is_in("put.errors") && !records.is_empty() {
            true => vec![RecordError { index: 1_000_000, message: "no such record".to_owned() }],
            false => Vec::new(),
        })
    }

    fn pre_commit(&mut self, mut delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>> {
        self.0.play("pre-commit")?;
        if self.0.is_in("pre-commit.offsets") {
            delivered.iter_mut().for_each(|to| to.offset += 1_000);
            delivered.push(PartitionOffset { topic: "not-mine".to_owned(), partition: 7, offset: 5 });
        }
        Ok(delivered)
    }

    fn close(&mut self, _partitions: &[TopicPartition]) -> Result<()> {
        self.0.play("close")
    }

    fn stop(&mut self) {
        let _ = self.0.play("stop");
    }
}
