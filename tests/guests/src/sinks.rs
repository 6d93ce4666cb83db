//! Sinks that fail, or use one feature of the contract each.

use std::time::Duration;

use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, Error, PartitionOffset, Record, RecordError, Result, SinkTask,
    SinkTaskContext, TopicPartition,
};

use crate::connectors::{SinkGuest, class, count, number};
use crate::journal::{Journal, text};

fn partition_of(record: &Record<'_>) -> TopicPartition {
    TopicPartition {
        topic: record.original_topic().or(record.topic()).unwrap_or_default().to_owned(),
        partition: record.original_partition().or(record.partition()).unwrap_or(-1),
    }
}

/// Takes some records, then traps in put.
pub struct TrapInPut {
    journal: Journal,
    left: u64,
}

impl SinkGuest for TrapInPut {
    class!("TrapInPut");

    fn keys() -> ConfigDef {
        count("after", 0, "Records that are taken before the trap.")
    }
}

impl SinkTask for TrapInPut {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self { journal: Journal::open(&config)?, left: number(&Self::keys(), &config, "after")? })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        for (_, record) in records.records() {
            let Some(left) = self.left.checked_sub(1) else { std::process::abort() };
            self.left = left;
            self.journal.note_record(&record)?;
        }
        Ok(Vec::new())
    }
}

/// Traps on each record whose text has `trap` in it; a batch with such a record is not written down.
pub struct TrapOnRecord(Journal);

impl SinkGuest for TrapOnRecord {
    class!("TrapOnRecord");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SinkTask for TrapOnRecord {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self(Journal::open(&config)?))
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        for (_, record) in records.records() {
            if text(&record)?.contains("trap") {
                std::process::abort();
            }
        }
        self.0.note_all(records)?;
        Ok(Vec::new())
    }
}

/// Refuses batches for a while, to be retried, then takes them.
pub struct RetriablePut {
    journal: Journal,
    context: SinkTaskContext,
    left: u64,
    timeout: Duration,
}

impl SinkGuest for RetriablePut {
    class!("RetriablePut");

    fn keys() -> ConfigDef {
        let timeout =
            ConfigKey::long("timeout.ms").default(0).doc("Back-off that is asked of the context; 0: none is asked.");
        count("times", 3, "Puts that fail.").define(timeout)
    }
}

impl SinkTask for RetriablePut {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        let timeout = Duration::from_millis(number(&Self::keys(), &config, "timeout.ms")?);
        Ok(Self { journal: Journal::open(&config)?, context, left: number(&Self::keys(), &config, "times")?, timeout })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(left) = self.left.checked_sub(1) {
            self.left = left;
            self.journal.note(&format!("refused {} records, {left} more to come", records.len()))?;
            if !self.timeout.is_zero() {
                self.context.timeout(self.timeout);
            }
            return Err(Error::retriable("the system is away on purpose"));
        }
        self.journal.note_all(records)?;
        Ok(Vec::new())
    }
}

/// Takes long in put.
pub struct SlowPut {
    journal: Journal,
    time: Duration,
}

impl SinkGuest for SlowPut {
    class!("SlowPut");

    fn keys() -> ConfigDef {
        count("put.ms", 60_000, "How long a put of records takes.")
    }
}

impl SinkTask for SlowPut {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self {
            journal: Journal::open(&config)?,
            time: Duration::from_millis(number(&Self::keys(), &config, "put.ms")?),
        })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        if !records.is_empty() {
            std::thread::sleep(self.time);
        }
        self.journal.note_all(records)?;
        Ok(Vec::new())
    }
}

/// Does not take records whose text has `bad` in it.
pub struct Errant {
    journal: Journal,
    context: SinkTaskContext,
    report: bool,
}

impl SinkGuest for Errant {
    class!("Errant");

    fn keys() -> ConfigDef {
        let mode = "answer: errors in the answer of put. report: by the context, as in KIP-610.";
        ConfigDef::new().define(ConfigKey::string("mode").default("answer").doc(mode))
    }
}

impl SinkTask for Errant {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        Ok(Self { journal: Journal::open(&config)?, context, report: config.get("mode") == Some("report") })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        let mut errors = Vec::new();
        for (_, record) in records.records() {
            let text = text(&record)?;
            if !text.contains("bad") {
                self.journal.note_record(&record)?;
                continue;
            }
            let message = format!("{text:?} is bad on purpose");
            match self.report {
                true => self.context.report_errant_record(&partition_of(&record), record.offset(), &message)?,
                false => errors.push(RecordError { index: record.position(), message }),
            }
        }
        Ok(errors)
    }
}

/// Rewinds each partition once, after it has brought some records.
pub struct Rewinder {
    journal: Journal,
    context: SinkTaskContext,
    after: u64,
    to: u64,
    taken: u64,
    rewound: bool,
}

impl SinkGuest for Rewinder {
    class!("Rewinder");

    fn keys() -> ConfigDef {
        count("after", 10, "Records after which all partitions are rewound.")
            .define(ConfigKey::long("to").default(0).doc("The offset that they are rewound to."))
    }
}

impl SinkTask for Rewinder {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        let (after, to) = (number(&Self::keys(), &config, "after")?, number(&Self::keys(), &config, "to")?);
        Ok(Self { journal: Journal::open(&config)?, context, after, to, taken: 0, rewound: false })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        self.journal.note_all(records)?;
        self.taken += records.records().count() as u64;
        if self.taken >= self.after && !self.rewound {
            self.rewound = true;
            let to = |at: TopicPartition| PartitionOffset {
                topic: at.topic,
                partition: at.partition,
                offset: self.to as i64,
            };
            let offsets: Vec<PartitionOffset> = self.context.assignment().into_iter().map(to).collect();
            self.context.rewind(&offsets)?;
            self.journal.note(&format!("rewound {} partitions", offsets.len()))?;
        }
        Ok(Vec::new())
    }
}

/// Pauses its partitions after the first records, and resumes them after some puts without any.
pub struct PartitionPauser {
    journal: Journal,
    context: SinkTaskContext,
    puts: u64,
    paused_for: Option<u64>,
    done: bool,
}

impl SinkGuest for PartitionPauser {
    class!("PartitionPauser");

    fn keys() -> ConfigDef {
        count("puts", 3, "Empty puts until the partitions are resumed.")
    }
}

impl SinkTask for PartitionPauser {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        let puts = number(&Self::keys(), &config, "puts")?;
        Ok(Self { journal: Journal::open(&config)?, context, puts, paused_for: None, done: false })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        self.journal.note_all(records)?;
        match &mut self.paused_for {
            None if !records.is_empty() && !self.done => {
                self.context.pause(&self.context.assignment())?;
                self.paused_for = Some(0);
                self.journal.note("paused")?;
            }
            Some(puts) if *puts + 1 < self.puts => *puts += 1,
            Some(_) => {
                self.context.resume(&self.context.assignment())?;
                (self.paused_for, self.done) = (None, true);
                self.journal.note("resumed")?;
            }
            None => {}
        }
        Ok(Vec::new())
    }
}

/// Asks for a commit after each batch, and notes what is committed.
pub struct RequestCommitter {
    journal: Journal,
    context: SinkTaskContext,
}

impl SinkGuest for RequestCommitter {
    class!("RequestCommitter");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SinkTask for RequestCommitter {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        Ok(Self { journal: Journal::open(&config)?, context })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        self.journal.note_all(records)?;
        if !records.is_empty() {
            self.context.request_commit();
        }
        Ok(Vec::new())
    }

    fn pre_commit(&mut self, delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>> {
        for PartitionOffset { topic, partition, offset } in &delivered {
            self.journal.note(&format!("commit {topic}-{partition}@{offset}"))?;
        }
        Ok(delivered)
    }
}

/// Takes records and lets nothing be committed.
pub struct PreCommitNone(Journal);

impl SinkGuest for PreCommitNone {
    class!("PreCommitNone");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SinkTask for PreCommitNone {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self(Journal::open(&config)?))
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        self.0.note_all(records)?;
        Ok(Vec::new())
    }

    fn pre_commit(&mut self, _delivered: Vec<PartitionOffset>) -> Result<Vec<PartitionOffset>> {
        Ok(Vec::new())
    }
}

/// Keeps offsets itself: says at open where every partition is to be read on.
pub struct OffsetKeeper {
    journal: Journal,
    offset: u64,
}

impl SinkGuest for OffsetKeeper {
    class!("OffsetKeeper");

    fn keys() -> ConfigDef {
        count("offset", 0, "Where every partition is read on.")
    }
}

impl SinkTask for OffsetKeeper {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self { journal: Journal::open(&config)?, offset: number(&Self::keys(), &config, "offset")? })
    }

    fn open(&mut self, partitions: &[TopicPartition]) -> Result<Vec<PartitionOffset>> {
        let mut offsets = Vec::new();
        for TopicPartition { topic, partition } in partitions {
            self.journal.note(&format!("open {topic}-{partition}"))?;
            offsets.push(PartitionOffset { topic: topic.clone(), partition: *partition, offset: self.offset as i64 });
        }
        Ok(offsets)
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        self.journal.note_all(records)?;
        Ok(Vec::new())
    }

    fn close(&mut self, partitions: &[TopicPartition]) -> Result<()> {
        let close = |at: &TopicPartition| format!("close {}-{}", at.topic, at.partition);
        partitions.iter().try_for_each(|at| self.journal.note(&close(at)))
    }
}

/// Notes all that a record is.
pub struct WholeRecords(Journal);

impl SinkGuest for WholeRecords {
    class!("WholeRecords");

    fn keys() -> ConfigDef {
        ConfigDef::new()
    }
}

impl SinkTask for WholeRecords {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        Ok(Self(Journal::open(&config)?))
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        for (_, record) in records.records() {
            let (topic, partition) = (record.topic().unwrap_or("?"), record.partition().unwrap_or(-1));
            let TopicPartition { topic: from, partition: of } = partition_of(&record);
            let (key, value) = (record.key().to_value()?, record.value().to_value()?);
            let mut headers = Vec::new();
            for (name, value) in record.headers() {
                headers.push(format!("{name}={:?}", value.to_value()?));
            }
            let offset = record.offset();
            self.0.note(&format!("{topic}-{partition} from {from}-{of}@{offset}: {key:?} {value:?} {headers:?}"))?;
        }
        Ok(Vec::new())
    }
}
