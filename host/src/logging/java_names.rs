//! From the names of Java Connect's loggers to the targets of ours.

/// Java's logger, and the targets under which we log what it logs. Classes first named here are the loggers that `root` and
/// packages reach.
const CLASSES: &[(&str, &[&str])] = &[
    ("org.apache.kafka.connect.cli.ConnectStandalone", &["wasm_connect::cli"]),
    ("org.apache.kafka.connect.json.JsonConverter", &["wasm_connect::converter::json"]),
    ("org.apache.kafka.connect.runtime.AbstractHerder", &["wasm_connect::herder"]),
    ("org.apache.kafka.connect.runtime.AbstractWorkerSourceTask", &["wasm_connect::worker::source_task"]),
    ("org.apache.kafka.connect.runtime.SourceTaskOffsetCommitter", &["wasm_connect::worker::source_task"]),
    ("org.apache.kafka.connect.runtime.SubmittedRecords", &["wasm_connect::worker::source_task::submitted_records"]),
    ("org.apache.kafka.connect.runtime.Worker", &["wasm_connect::worker"]),
    ("org.apache.kafka.connect.runtime.WorkerConfig", &["wasm_connect::config"]),
    ("org.apache.kafka.connect.runtime.WorkerConnector", &["wasm_connect::worker::worker_connector"]),
    ("org.apache.kafka.connect.runtime.WorkerSinkTask", &["wasm_connect::worker::sink_task"]),
    ("org.apache.kafka.connect.runtime.WorkerSourceTask", &["wasm_connect::worker::source_task"]),
    ("org.apache.kafka.connect.runtime.WorkerTask", &["wasm_connect::worker::worker_task"]),
    ("org.apache.kafka.connect.runtime.errors.LogReporter", &["wasm_connect::worker::errors"]),
    ("org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator", &["wasm_connect::worker::errors"]),
    ("org.apache.kafka.connect.runtime.isolation.PluginScanner", &["wasm_connect::plugin::scanner"]),
    ("org.apache.kafka.connect.runtime.isolation.Plugins", &["wasm_connect::plugin"]),
    ("org.apache.kafka.connect.runtime.rest.RestServer", &["wasm_connect::rest"]),
    ("org.apache.kafka.connect.runtime.standalone.StandaloneHerder", &["wasm_connect::herder::standalone"]),
    ("org.apache.kafka.connect.storage.FileOffsetBackingStore", &["wasm_connect::storage::offset_store"]),
    ("org.apache.kafka.connect.storage.MemoryStatusBackingStore", &["wasm_connect::storage::status_store"]),
    ("org.apache.kafka.clients.NetworkClient", &["librdkafka"]),
    ("org.apache.kafka.clients.admin.KafkaAdminClient", &["wasm_connect::kafka::admin"]),
    ("org.apache.kafka.clients.consumer.KafkaConsumer", &["wasm_connect::kafka::consumer"]),
    ("org.apache.kafka.clients.producer.KafkaProducer", &["wasm_connect::kafka::producer"]),
];

/// Java's packages, which cover the classes in them.
const PACKAGES: &[(&str, &[&str])] = &[
    ("org.apache.kafka", &["wasm_connect", "librdkafka"]),
    ("org.apache.kafka.clients", &["wasm_connect::kafka", "librdkafka"]),
    ("org.apache.kafka.connect", &["wasm_connect"]),
    ("org.apache.kafka.connect.json", &["wasm_connect::converter::json"]),
    ("org.apache.kafka.connect.runtime", &["wasm_connect::worker", "wasm_connect::herder"]),
    ("org.apache.kafka.connect.runtime.errors", &["wasm_connect::worker::errors"]),
    ("org.apache.kafka.connect.runtime.isolation", &["wasm_connect::plugin"]),
    ("org.apache.kafka.connect.runtime.rest", &["wasm_connect::rest"]),
    ("org.apache.kafka.connect.storage", &["wasm_connect::storage"]),
];

/// The loggers that exist without anybody having set a level.
pub(super) fn known() -> impl Iterator<Item = &'static str> {
    CLASSES.iter().map(|(name, _)| *name)
}

/// The targets that a logger's name covers. A name of no table is that of a plugin's class, of which the connector's name stands
/// for its task's, or one of our own targets.
pub(super) fn targets(name: &str) -> Vec<String> {
    if let Some((_, targets)) = CLASSES.iter().chain(PACKAGES).find(|(known, _)| *known == name) {
        return targets.iter().map(|target| (*target).to_owned()).collect();
    }
    let mut targets = vec![name.to_owned(), format!("plugin.{name}")];
    if let Some(class) = name.strip_suffix("Task") {
        targets.push(format!("plugin.{class}Connector"));
    }
    targets
}
