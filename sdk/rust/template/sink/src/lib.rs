//! my-plugin: a sink that appends the values of records to a file, a line each.

use std::fs::{File, OpenOptions};
use std::io::Write;

use wasm_connect_sdk::{
    Batch, Config, ConfigDef, ConfigKey, Grant, OrError, PartitionOffset, RecordError, Result, SinkConnector,
    SinkConnectorContext, SinkTask, SinkTaskContext, ValueRef,
};

wasm_connect_sdk::export! { sinks: [MyPluginConnector] }

/// The connector: says what it can be configured with, and splits the work into tasks.
pub struct MyPluginConnector(Config);

impl SinkConnector for MyPluginConnector {
    const CLASS: &'static str = "com.example.MyPluginConnector";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TASK_CLASS: &'static str = "com.example.MyPluginTask";
    const DOCUMENTATION: &'static str = "Appends the values of records to a file, a line each.";

    type Task = MyPluginTask;

    fn config_def() -> ConfigDef {
        // Nothing else can be opened, and this only if the worker's sandbox.fs.write covers it.
        let file = ConfigKey::string("file").required().grants(Grant::WriteFile);
        ConfigDef::new().define(file.doc("The file that lines are appended to."))
    }

    fn start(config: Config, _context: SinkConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        // One task: a file has one writer.
        Ok(vec![self.0.clone()])
    }
}

/// The task: puts records into the file.
pub struct MyPluginTask {
    file: File,
}

impl SinkTask for MyPluginTask {
    fn start(config: Config, _context: SinkTaskContext) -> Result<Self> {
        let config = MyPluginConnector::config_def().parse(&config)?;
        let path = config.string("file").unwrap_or_default();
        let file = OpenOptions::new().append(true).create(true).open(path);
        let file = file.or_fatal(|| format!("cannot open {path}"))?;
        Ok(Self { file })
    }

    fn put(&mut self, records: &Batch<'_>) -> Result<Vec<RecordError>> {
        let mut lines = Vec::new();
        let mut refused = Vec::new();
        for (_, record) in records.records() {
            match record.value().value()? {
                ValueRef::String(text) => {
                    lines.extend_from_slice(text.as_bytes());
                    lines.push(b'\n');
                }
                _ => refused.push(RecordError { index: record.position(), message: "the value is no string".into() }),
            }
        }
        self.file.write_all(&lines).or_fatal(|| "cannot write the lines")?;
        Ok(refused)
    }

    fn flush(&mut self, _delivered: &[PartitionOffset]) -> Result<()> {
        self.file.sync_data().or_fatal(|| "cannot sync the file")
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_sdk::batch::{BatchWriter, FrameHead, Limits, Payload, SchemaId};

    use super::*;

    fn batch(values: &[Payload<'_>]) -> Vec<u8> {
        let mut writer = BatchWriter::new();
        for value in values {
            let mut record = writer.begin(&FrameHead::default());
            record.value(*value).expect("a value");
            record.finish();
        }
        writer.finish()
    }

    #[test]
    fn strings_become_lines_and_other_values_are_refused() {
        let path = std::env::temp_dir().join(format!("my-plugin-{}.txt", std::process::id()));
        let config = Config::from_iter([("file", path.to_str().expect("a path in UTF-8"))]);
        let mut task = MyPluginTask::start(config, SinkTaskContext::for_tests()).expect("a task");
        let text = |text| Payload::Str(SchemaId::STRING, text);
        let bytes = batch(&[text("one"), Payload::Bytes(SchemaId::BYTES, b"two"), text("three")]);
        let refused = task.put(&Batch::parse(&bytes, &Limits::default()).expect("a batch")).expect("a put");
        task.flush(&[]).expect("a flush");
        let written = std::fs::read_to_string(&path).expect("the file");
        std::fs::remove_file(&path).expect("the file can be removed");
        assert_eq!(written, "one\nthree\n");
        assert_eq!(refused.iter().map(|error| error.index).collect::<Vec<_>>(), [1]);
    }
}
