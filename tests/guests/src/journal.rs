//! What a sink guest saw, line by line, in the configured file or else in the log.

use std::fs::{File, OpenOptions};
use std::io::Write as _;

use wasm_connect_sdk::{Batch, Config, ConfigKey, Grant, OrError, Record, Result, Value, info};

pub struct Journal(Option<File>);

/// The key that names the file.
pub fn key() -> ConfigKey {
    ConfigKey::string("file").grants(Grant::WriteFile).doc("Where the guest writes down what it sees; else it logs it.")
}

impl Journal {
    pub fn open(config: &Config) -> Result<Self> {
        let open =
            |path| OpenOptions::new().create(true).append(true).open(path).or_fatal(|| format!("cannot open {path}"));
        Ok(Self(config.get("file").map(open).transpose()?))
    }

    pub fn note(&mut self, line: &str) -> Result<()> {
        match &mut self.0 {
            Some(file) => file.write_all(format!("{line}\n").as_bytes()).or_fatal(|| "cannot write the journal"),
            None => {
                info!("{line}");
                Ok(())
            }
        }
    }

    /// [`Self::note_record`] for each.
    pub fn note_all(&mut self, records: &Batch<'_>) -> Result<()> {
        records.records().try_for_each(|(_, record)| self.note_record(&record))
    }

    /// `put topic-partition@offset value`.
    pub fn note_record(&mut self, record: &Record<'_>) -> Result<()> {
        let (topic, partition) = (record.topic().unwrap_or("?"), record.partition().unwrap_or(-1));
        self.note(&format!("put {topic}-{partition}@{} {}", record.offset(), text(record)?))
    }
}

/// The value, if it is text.
pub fn text(record: &Record<'_>) -> Result<String> {
    Ok(match record.value().to_value()? {
        Value::String(text) => text,
        Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        other => format!("{other:?}"),
    })
}
