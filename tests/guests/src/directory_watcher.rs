//! A source of many files: watches a directory, gives each task a group of its files, and has the work split anew when files
//! come or go.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Seek, SeekFrom};
use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Grant, NumberOffset, OrError, Payload, Polled, Records, Result, ScalarMap, SchemaId,
    SourceConnector, SourceConnectorContext, SourceTask, SourceTaskContext, group_partitions, info,
};

use crate::connectors::{VERSION, number, topic};

/// Separates the paths of a task's files, as no name has it.
const SEPARATOR: char = '\u{1f}';
const FILES: &str = "task.files";

pub struct DirectoryWatcher {
    config: Config,
    context: SourceConnectorContext,
    every: Duration,
    files: BTreeSet<String>,
}

impl SourceConnector for DirectoryWatcher {
    const CLASS: &'static str = "tests.guests.DirectoryWatcher";
    const VERSION: &'static str = VERSION;
    const TASK_CLASS: &'static str = "tests.guests.DirectoryWatcherTask";

    type Task = DirectoryTail;

    fn config_def() -> ConfigDef {
        ConfigDef::new()
            .define(
                ConfigKey::string("directory")
                    .required()
                    .grants(Grant::ReadDir)
                    .doc("The directory whose files are read."),
            )
            .define(ConfigKey::string("topic").default("guests").doc("Where lines go, keyed by the name of the file."))
            .define(ConfigKey::long("watch.ms").default(200).doc("How often the directory is looked at."))
    }

    fn start(config: Config, context: SourceConnectorContext) -> Result<Self> {
        let every = Duration::from_millis(number(&Self::config_def(), &config, "watch.ms")?);
        let files = list(&config)?;
        Ok(Self { config, context, every, files })
    }

    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        let files: Vec<String> = self.files.iter().cloned().collect();
        let groups = group_partitions(&files, max_tasks.min(files.len()));
        let config = |group: Vec<String>| self.config.clone().with(FILES, group.join(&SEPARATOR.to_string()));
        Ok(groups.into_iter().map(config).collect())
    }

    fn monitor(&mut self) -> Result<Option<Duration>> {
        let files = list(&self.config)?;
        if files != self.files {
            info!("the directory has {} files now, {} before", files.len(), self.files.len());
            self.files = files;
            self.context.request_task_reconfiguration();
        }
        Ok(Some(self.every))
    }
}

/// Paths of the directory's files, hidden ones left out.
fn list(config: &Config) -> Result<BTreeSet<String>> {
    let directory = config.get("directory").unwrap_or_default();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(directory).or_retriable(|| format!("cannot list {directory}"))? {
        let entry = entry.or_retriable(|| format!("cannot list {directory}"))?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        files.insert(format!("{directory}/{name}"));
    }
    Ok(files)
}

/// Reads complete lines of some files, each from its own offset.
pub struct DirectoryTail {
    topic: String,
    offset: NumberOffset,
    files: Vec<Tail>,
}

struct Tail {
    path: String,
    partition: ScalarMap,
    position: u64,
}

impl SourceTask for DirectoryTail {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let paths = config.get(FILES).unwrap_or_default().split(SEPARATOR).filter(|path| !path.is_empty());
        let mut files: Vec<Tail> = paths
            .map(|path| Tail { path: path.to_owned(), partition: ScalarMap::of("filename", path), position: 0 })
            .collect();
        let partitions: Vec<ScalarMap> = files.iter().map(|file| file.partition.clone()).collect();
        for (file, offset) in files.iter_mut().zip(context.offsets(&partitions)?) {
            file.position = offset.and_then(|offset| offset.integer("position")).unwrap_or(0) as u64;
        }
        Ok(Self { topic: topic(&config), offset: NumberOffset::new("position"), files })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        for file in &mut self.files {
            file.read(records, &self.topic, &self.offset)?;
        }
        Ok(Polled::Idle(Duration::from_millis(50)))
    }
}

impl Tail {
    fn read(&mut self, records: &mut Records, topic: &str, offset: &NumberOffset) -> Result<()> {
        // Gone: the connector will notice.
        let Ok(mut file) = File::open(&self.path) else {
            return Ok(());
        };
        let mut text = Vec::new();
        let read = file.seek(SeekFrom::Start(self.position)).and_then(|_| file.read_to_end(&mut text));
        read.or_retriable(|| format!("cannot read {}", self.path))?;
        let route = records.route(topic, Some(&self.partition));
        let name = self.path.rsplit('/').next().unwrap_or_default();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else { break };
            if records.is_full() {
                break;
            }
            self.position += line.len() as u64 + 1;
            let mut frame = records.begin(&route);
            frame.key(Payload::Str(SchemaId::STRING, name))?;
            frame.value(Payload::Str(SchemaId::STRING, &String::from_utf8_lossy(line)))?;
            frame.source_offset_with(|json| offset.write(self.position, json))?;
            frame.finish();
        }
        Ok(())
    }
}
