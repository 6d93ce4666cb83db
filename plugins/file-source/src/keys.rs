//! The keys of a file source, in Java's order and words, and what the value of `file` lets it open.

use wasm_connect_sdk::{ConfigDef, ConfigKey, Grant, Importance, Validator};

pub fn config_def() -> ConfigDef {
    let file =
        ConfigKey::string("file").importance(Importance::High).grants(Grant::ReadFile).grants(Grant::StdinIfAbsent);
    let topic = ConfigKey::string("topic").importance(Importance::High).required().validator(Validator::NonEmpty);
    let batch_size = ConfigKey::int("batch.size").importance(Importance::Low).default(2000);
    ConfigDef::new()
        .define(file.doc("Source filename. If not specified, the standard input will be used"))
        .define(topic.doc("The topic to publish data to"))
        .define(
            batch_size
                .doc("The maximum number of records the source task can read from the file each time it is polled"),
        )
}
