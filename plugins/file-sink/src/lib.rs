//! FileStreamSink: the values of records as lines of a file, or of standard output (Java's `FileStreamSinkConnector`).

mod appender;
mod decimal;
mod temporal;
mod text;

use std::io::Write as _;

use appender::Appender;
use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, Grant, Importance, OrError, PartitionOffset, RecordError, Result,
    SinkConnector, SinkConnectorContext, SinkTask, SinkTaskContext, info,
};

wasm_connect_sdk::export! { sinks: [FileStreamSinkConnector] }

/// Bytes that are written at once. Larger batches are written in several calls, each ending with a line.
const BLOCK: usize = 256 * 1024;

pub struct FileStreamSinkConnector {
    config: Config,
}

impl SinkConnector for FileStreamSinkConnector {
    const CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSinkConnector";
    const VERSION: &'static str = "4.3.1";
    const TASK_CLASS: &'static str = "org.apache.kafka.connect.file.FileStreamSinkTask";
    const DOCUMENTATION: &'static str = "Appends the values of records to a file, one a line.";

    type Task = FileStreamSinkTask;

    fn config_def() -> ConfigDef {
        let file = ConfigKey::string("file")
            .importance(Importance::High)
            .grants(Grant::WriteFile)
            .grants(Grant::StdoutIfAbsent);
        ConfigDef::new().define(file.doc("Destination filename. If not specified, the standard output will be used"))
    }

    fn start(config: Config, _context: SinkConnectorContext) -> Result<Self> {
        let parsed = Self::config_def().parse(&config)?;
        info!("Starting file sink connector writing to {}", parsed.non_empty("file").unwrap_or("standard output"));
        Ok(Self { config })
    }

    fn task_configs(&mut self, max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.config.clone(); max_tasks])
    }
}

pub struct FileStreamSinkTask {
    output: Output,
    /// Whole lines that are not written yet; empty between calls.
    lines: Vec<u8>,
}

enum Output {
    File(Appender),
    Stdout,
}

impl SinkTask for FileStreamSinkTask {
    fn start(config: Config, context: SinkTaskContext) -> Result<Self> {
        let config = FileStreamSinkConnector::config_def().parse(&config)?;
        let output = match config.non_empty("file") {
            None => Output::Stdout,
            Some(path) => Output::File(Appender::open(path, &context)?),
        };
        Ok(Self { output, lines: Vec::new() })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        // What a failed call left here comes again.
        self.lines.clear();
        for (_, record) in records.records() {
            text::write(&record.value(), &mut self.lines)?;
            self.lines.push(b'\n');
            if self.lines.len() >= BLOCK {
                self.write_out()?;
            }
        }
        self.write_out()?;
        Ok(Vec::new())
    }

    /// Nothing is kept back between calls; what the operating system holds survives the worker, as in Java.
    fn flush(&mut self, _delivered: &[PartitionOffset]) -> Result<()> {
        Ok(())
    }
}

impl FileStreamSinkTask {
    fn write_out(&mut self) -> Result<()> {
        match &mut self.output {
            _ if self.lines.is_empty() => {}
            Output::File(file) => file.append(&self.lines)?,
            Output::Stdout => {
                let mut stdout = std::io::stdout().lock();
                stdout
                    .write_all(&self.lines)
                    .and_then(|()| stdout.flush())
                    .or_fatal(|| "cannot write to standard output")?;
            }
        }
        self.lines.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
