//! my-plugin: a source that counts, and goes on where it was when it is restarted.

use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, NumberOffset, Payload, Polled, Records, Result, ScalarMap, SchemaId, SourceConnector,
    SourceConnectorContext, SourceTask, SourceTaskContext, Validator, info,
};

wasm_connect_sdk::export! { sources: [MyPluginConnector] }

/// The connector: says what it can be configured with, and splits the work into tasks.
pub struct MyPluginConnector(Config);

impl SourceConnector for MyPluginConnector {
    const CLASS: &'static str = "com.example.MyPluginConnector";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const TASK_CLASS: &'static str = "com.example.MyPluginTask";
    const DOCUMENTATION: &'static str = "Counts.";

    type Task = MyPluginTask;

    fn config_def() -> ConfigDef {
        ConfigDef::new()
            .define(ConfigKey::string("topic").required().doc("Where the numbers go."))
            .define(ConfigKey::long("from").default(1).validator(Validator::Min(0.0)).doc("The first number."))
    }

    fn start(config: Config, _context: SourceConnectorContext) -> Result<Self> {
        Ok(Self(config))
    }

    fn task_configs(&mut self, _max_tasks: usize) -> Result<Vec<Config>> {
        Ok(vec![self.0.clone()])
    }
}

/// The task: brings the records.
pub struct MyPluginTask {
    topic: String,
    partition: ScalarMap,
    offset: NumberOffset,
    next: u64,
}

impl SourceTask for MyPluginTask {
    fn start(config: Config, context: SourceTaskContext) -> Result<Self> {
        let config = MyPluginConnector::config_def().parse(&config)?;
        let partition = ScalarMap::of("counter", "the only one");
        // Where the last run of this connector got to, if there was one.
        let committed = context.offset(&partition)?.and_then(|offset| offset.integer("next"));
        let next = committed.or(config.long("from")).and_then(|next| next.try_into().ok()).unwrap_or(0);
        info!("counts from {next}");
        let topic = config.string("topic").unwrap_or_default().to_owned();
        Ok(Self { topic, partition, offset: NumberOffset::new("next"), next })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let route = records.route(&self.topic, Some(&self.partition));
        let mut record = records.begin(&route);
        record.value(Payload::Str(SchemaId::STRING, &self.next.to_string()))?;
        self.next += 1;
        record.source_offset_with(|json| self.offset.write(self.next, json))?;
        record.finish();
        // The worker waits, not the task.
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_sdk::batch::{Batch, Limits};
    use wasm_connect_sdk::testing;

    use super::*;

    /// The value and the source offset of what one poll brings.
    fn poll(task: &mut MyPluginTask) -> (String, String) {
        let mut records = Records::default();
        task.poll(&mut records).expect("a poll");
        let bytes = records.finish();
        let batch = Batch::parse(&bytes, &Limits::default()).expect("a batch");
        let record = batch.record(0).expect("a record");
        let value = String::from_utf8_lossy(record.value().raw().unwrap_or_default()).into_owned();
        (value, record.source_offset().unwrap_or_default().to_owned())
    }

    fn task() -> MyPluginTask {
        let config = Config::from_iter([("topic", "numbers"), ("from", "5")]);
        MyPluginTask::start(config, SourceTaskContext::for_tests()).expect("a task")
    }

    #[test]
    fn it_counts_and_goes_on_from_its_offset() {
        let mut first = task();
        assert_eq!(poll(&mut first), ("5".to_owned(), r#"{"next":6}"#.to_owned()));
        assert_eq!(poll(&mut first).0, "6");
        testing::commit_offset(r#"{"counter":"the only one"}"#, r#"{"next":6}"#);
        assert_eq!(poll(&mut task()).0, "6");
    }

    #[test]
    fn a_missing_topic_is_an_error_of_the_configuration() {
        assert!(MyPluginTask::start(Config::new(), SourceTaskContext::for_tests()).is_err());
    }
}
