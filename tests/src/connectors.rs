//! Configurations of the file connectors, as users write them.

use std::path::Path;

use serde_json::{Value, json};

pub const FILE_SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";
pub const FILE_SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";

/// Lines of `file` to `topic`.
pub fn file_source(file: &Path, topic: &str) -> Value {
    json!({
        "connector.class": "FileStreamSource",
        "tasks.max": "1",
        "file": file,
        "topic": topic,
    })
}

/// Values of `topic` to `file`.
pub fn file_sink(topic: &str, file: &Path) -> Value {
    json!({
        "connector.class": "FileStreamSink",
        "tasks.max": "1",
        "file": file,
        "topics": topic,
    })
}

/// `config` with the keys of `more` set.
pub fn with(mut config: Value, more: Value) -> Value {
    let (Some(config_keys), Value::Object(more)) = (config.as_object_mut(), more) else {
        panic!("a configuration is an object");
    };
    config_keys.extend(more);
    config
}
