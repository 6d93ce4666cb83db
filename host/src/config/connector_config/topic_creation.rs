//! Which topics of a source connector are created how (KIP-158; Java's `TopicCreationConfig`, `TopicCreationGroup`).

use super::super::config_exception::ConfigException;
use super::super::config_value::parse_list;
use super::super::definition::{ConfigDef, ParsedConfig};
use super::super::java_pattern::JavaPattern;
use super::super::keys::topic_creation::{self as keys, DEFAULT_GROUP, PREFIX};
use super::super::worker_config::with_prefix;
use crate::connect::{Config, RawConfig};
use crate::kafka::ports::NewTopic;

/// The groups of a connector; the last one is the default group, which takes all topics that no other does.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicCreation {
    groups: Vec<TopicGroup>,
    default: TopicGroup,
}

/// Topics with the same settings.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicGroup {
    pub name: String,
    include: Vec<JavaPattern>,
    exclude: Vec<JavaPattern>,
    /// −1: the broker's default.
    pub partitions: i32,
    /// −1: the broker's default.
    pub replication_factor: i16,
    /// The topics' own configuration.
    pub configs: Vec<(String, String)>,
}

impl TopicCreation {
    /// None: the connector has no `topic.creation.…` settings.
    pub fn new(config: &Config) -> Result<Option<Self>, ConfigException> {
        if !config.keys().any(|key| key.starts_with(PREFIX)) {
            return Ok(None);
        }
        let raw: RawConfig = config.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
        let default = TopicGroup::new(DEFAULT_GROUP, &group_def(config, DEFAULT_GROUP).parse(&raw)?, config)?;
        let groups = group_names(config)
            .iter()
            .map(|name| TopicGroup::new(name, &group_def(config, name).parse(&raw)?, config))
            .collect::<Result<_, _>>()?;
        Ok(Some(Self { groups, default }))
    }

    /// The first group that includes the topic.
    pub fn group(&self, topic: &str) -> &TopicGroup {
        self.groups.iter().find(|group| group.includes(topic)).unwrap_or(&self.default)
    }

    /// How `topic` is to be created.
    pub fn new_topic(&self, topic: &str) -> NewTopic {
        let group = self.group(topic);
        NewTopic {
            name: topic.to_owned(),
            partitions: group.partitions,
            replication_factor: group.replication_factor,
            configs: group.configs.clone(),
        }
    }
}

/// The names of `topic.creation.groups`, without the default group.
pub fn group_names(config: &Config) -> Vec<String> {
    let groups = config.get(&format!("{PREFIX}groups")).map(|text| parse_list(text)).unwrap_or_default();
    groups.into_iter().filter(|name| !name.is_empty() && name != DEFAULT_GROUP).collect()
}

/// The keys of a group, with their prefix. Groups inherit from the default group.
pub fn group_def(config: &Config, name: &str) -> ConfigDef {
    let inherited = |key: &str| {
        config
            .get(&format!("{PREFIX}{DEFAULT_GROUP}.{key}"))
            .map_or("-1", |text| super::super::config_value::trim(text))
    };
    let keys = if name == DEFAULT_GROUP {
        keys::default_group_keys()
    } else {
        keys::group_keys(name, inherited(keys::PARTITIONS), inherited(keys::REPLICATION_FACTOR))
    };
    let mut def = ConfigDef::default();
    def.embed(&format!("{PREFIX}{name}."), &format!("Topic Creation: {name}"), 1, keys);
    def
}

impl TopicGroup {
    fn new(name: &str, parsed: &ParsedConfig, config: &Config) -> Result<Self, ConfigException> {
        let prefix = format!("{PREFIX}{name}.");
        let patterns = |key: &str| {
            let key = format!("{prefix}{key}");
            let compile =
                |text: &String| JavaPattern::compile(text).map_err(|error| ConfigException::invalid(&key, text, error));
            parsed.list(&key)?.iter().map(compile).collect::<Result<Vec<_>, ConfigException>>()
        };
        let own = [keys::INCLUDE, keys::EXCLUDE, keys::PARTITIONS, keys::REPLICATION_FACTOR];
        Ok(Self {
            name: name.to_owned(),
            include: patterns(keys::INCLUDE)?,
            exclude: patterns(keys::EXCLUDE)?,
            partitions: parsed.number(&format!("{prefix}{}", keys::PARTITIONS))?,
            replication_factor: parsed.number(&format!("{prefix}{}", keys::REPLICATION_FACTOR))?,
            configs: with_prefix(config, &prefix).into_iter().filter(|(key, _)| !own.contains(&key.as_str())).collect(),
        })
    }

    fn includes(&self, topic: &str) -> bool {
        let any = |patterns: &[JavaPattern]| patterns.iter().any(|pattern| pattern.matches(topic));
        any(&self.include) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Config {
        entries.iter().map(|(key, value)| (format!("{PREFIX}{key}"), (*value).to_owned())).collect()
    }

    #[test]
    fn the_first_group_that_includes_a_topic_decides() {
        let creation = TopicCreation::new(&config(&[
            ("groups", "compacted, logs"),
            ("default.partitions", "3"),
            ("default.replication.factor", "-1"),
            ("compacted.include", "state-.*, .*-state"),
            ("compacted.exclude", "state-tmp"),
            ("compacted.cleanup.policy", "compact"),
            ("logs.include", ".*state.*"),
            ("logs.partitions", "1"),
        ]))
        .unwrap()
        .unwrap();
        let group = |topic| creation.group(topic).name.clone();
        assert_eq!(group("state-a"), "compacted");
        assert_eq!(group("state-tmp"), "logs");
        assert_eq!(group("other"), "default");
        assert_eq!(
            creation.new_topic("a-state"),
            NewTopic {
                name: "a-state".to_owned(),
                partitions: 3,
                replication_factor: -1,
                configs: vec![("cleanup.policy".to_owned(), "compact".to_owned())],
            }
        );
        assert_eq!(creation.group("state-tmp").partitions, 1);
    }

    #[test]
    fn the_default_group_must_say_how_large_topics_are() {
        assert_eq!(TopicCreation::new(&Config::new()).unwrap(), None);
        let error = TopicCreation::new(&config(&[("default.partitions", "1")])).unwrap_err();
        assert_eq!(
            error.0,
            "Missing required configuration \"topic.creation.default.replication.factor\" which has no default value."
        );
        let error = TopicCreation::new(&config(&[("default.partitions", "0"), ("default.replication.factor", "1")]));
        assert_eq!(
            error.unwrap_err().0,
            "Invalid value 0 for configuration partitions: Number of partitions must be positive, or -1 to use the broker's \
             default"
        );
    }
}
