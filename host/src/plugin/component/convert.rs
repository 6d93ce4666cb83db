//! Between the contract's records and the worker's own types.

use std::borrow::Cow;

use super::bindings::exported::plugin as guest;
use super::bindings::imported::types;
use crate::config::config_def::{ConfigKey, ConfigType, Default as KeyDefault, Grant, Importance, Validator, Width};
use crate::connect::{Config, PartitionOffset, TopicPartition, caps};
use crate::plugin::description::DescribedPlugin;
use crate::plugin::ports::PluginKind;

/// What a plugin says of an error, as much of it as is kept: it goes to the log, a status and topics, and a guest may say any amount.
pub fn error_message(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(caps::ERROR_MESSAGE_BYTES));
    message
}

pub fn config_to_guest(config: &Config) -> Vec<(String, String)> {
    config.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Of a key that comes twice the last value holds, as in a map of Java.
pub fn config_from_guest(config: Vec<(String, String)>) -> Config {
    config.into_iter().collect()
}

pub fn partition_to_guest(partition: &TopicPartition) -> types::TopicPartition {
    types::TopicPartition { topic: partition.topic.to_string(), partition: partition.partition }
}

pub fn partition_from_guest(partition: types::TopicPartition) -> TopicPartition {
    TopicPartition { topic: partition.topic.into(), partition: partition.partition }
}

pub fn offset_to_guest(offset: &PartitionOffset) -> types::PartitionOffset {
    let PartitionOffset { partition, offset } = offset;
    types::PartitionOffset { topic: partition.topic.to_string(), partition: partition.partition, offset: *offset }
}

pub fn offset_from_guest(offset: types::PartitionOffset) -> PartitionOffset {
    let types::PartitionOffset { topic, partition, offset } = offset;
    PartitionOffset { partition: TopicPartition { topic: topic.into(), partition }, offset }
}

/// A class as an instance describes it, with its keys.
pub fn described(description: guest::Description, keys: Vec<guest::ConfigKey>) -> DescribedPlugin {
    DescribedPlugin {
        class: description.class,
        kind: match description.kind {
            guest::Kind::Source => PluginKind::Source,
            guest::Kind::Sink => PluginKind::Sink,
            guest::Kind::Transformation => PluginKind::Transformation,
            guest::Kind::Predicate => PluginKind::Predicate,
            guest::Kind::Converter => PluginKind::Converter,
            guest::Kind::HeaderConverter => PluginKind::HeaderConverter,
        },
        task_class: description.task_class,
        version: description.version,
        documentation: description.documentation,
        config: keys.into_iter().map(config_key).collect(),
    }
}

fn config_key(key: guest::ConfigKey) -> ConfigKey {
    ConfigKey {
        name: key.name.into(),
        ty: config_type(key.type_),
        default: match (key.default_value, key.required) {
            (Some(value), _) => KeyDefault::Value(value.into()),
            (None, true) => KeyDefault::Required,
            (None, false) => KeyDefault::Null,
        },
        validators: key.validators.into_iter().map(validator).collect(),
        importance: match key.importance {
            guest::Importance::High => Importance::High,
            guest::Importance::Medium => Importance::Medium,
            guest::Importance::Low => Importance::Low,
        },
        documentation: key.documentation.into(),
        group: key.group.map(Cow::Owned),
        order_in_group: key.order_in_group,
        width: match key.width {
            guest::Width::None => Width::None,
            guest::Width::Short => Width::Short,
            guest::Width::Medium => Width::Medium,
            guest::Width::Long => Width::Long,
        },
        display_name: key.display_name.into(),
        dependents: key.dependents.into_iter().map(Cow::Owned).collect(),
        grants: key.grants.into_iter().map(grant).collect(),
    }
}

fn config_type(ty: guest::ConfigType) -> ConfigType {
    match ty {
        guest::ConfigType::Boolean => ConfigType::Boolean,
        guest::ConfigType::String => ConfigType::String,
        guest::ConfigType::Int => ConfigType::Int,
        guest::ConfigType::Short => ConfigType::Short,
        guest::ConfigType::Long => ConfigType::Long,
        guest::ConfigType::Double => ConfigType::Double,
        guest::ConfigType::List => ConfigType::List,
        guest::ConfigType::Class => ConfigType::Class,
        guest::ConfigType::Password => ConfigType::Password,
    }
}

fn validator(validator: guest::Validator) -> Validator {
    match validator {
        guest::Validator::Min(min) => Validator::Min(min),
        guest::Validator::Max(max) => Validator::Max(max),
        guest::Validator::OneOf(values) => Validator::OneOf(values.into_iter().map(Cow::Owned).collect()),
        guest::Validator::NonEmpty => Validator::NonEmpty,
        guest::Validator::Pattern(pattern) => Validator::Pattern(pattern),
    }
}

fn grant(grant: guest::Grant) -> Grant {
    match grant {
        guest::Grant::ReadFile => Grant::ReadFile,
        guest::Grant::WriteFile => Grant::WriteFile,
        guest::Grant::ReadDir => Grant::ReadDir,
        guest::Grant::WriteDir => Grant::WriteDir,
        guest::Grant::Connect(net) => Grant::Connect { port_key: net.port_key, default_port: net.default_port },
        guest::Grant::Listen(net) => Grant::Listen { port_key: net.port_key, default_port: net.default_port },
        guest::Grant::StdinIfAbsent => Grant::StdinIfAbsent,
        guest::Grant::StdoutIfAbsent => Grant::StdoutIfAbsent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_error_message_is_cut() {
        assert_eq!(error_message("é!".to_owned()), "é!");
        let long = error_message("é".repeat(caps::ERROR_MESSAGE_BYTES));
        assert_eq!(long.len(), caps::ERROR_MESSAGE_BYTES);
        assert!(error_message("x".to_owned() + &long).len() < caps::ERROR_MESSAGE_BYTES, "at a character's border");
    }
}
