//! `TopicNameMatches`: holds for records whose whole topic matches a regular expression.

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::config::java_pattern::JavaPattern;
use crate::config::validators::regex;
use crate::transform::{ConnectRecord, Predicate, TransformError};

const PATTERN: &str = "pattern";

pub struct TopicNameMatches {
    pattern: JavaPattern,
    /// The last topic and whether it matched.
    last: Option<(String, bool)>,
}

pub fn keys() -> Vec<ConfigKey> {
    let pattern = ConfigKey::new(
        PATTERN,
        ConfigType::String,
        Default::Required,
        Importance::Medium,
        "A regular expression in Java's dialect that the whole topic must match.",
    );
    vec![pattern.check(Validator::NonEmpty).check(Validator::Custom(regex))]
}

impl TopicNameMatches {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        let pattern = JavaPattern::compile(&config.text(PATTERN)?).map_err(TransformError::config)?;
        Ok(Self { pattern, last: None })
    }
}

impl Predicate for TopicNameMatches {
    fn test(&mut self, record: &ConnectRecord<'_>) -> Result<bool, TransformError> {
        if let Some((topic, matched)) = &self.last
            && *topic == record.topic
        {
            return Ok(*matched);
        }
        let matched = self.pattern.matches(&record.topic);
        self.last = Some((record.topic.clone().into_owned(), matched));
        Ok(matched)
    }
}
