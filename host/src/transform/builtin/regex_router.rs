//! `RegexRouter`: another topic for the records whose topic matches a regular expression.

use std::borrow::Cow;

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;
use crate::config::java_pattern::{JavaPattern, Replacement, ReplacementError};
use crate::config::validators::regex;
use crate::transform::{ConnectRecord, TransformError, Transformation};

const REGEX: &str = "regex";
const REPLACEMENT: &str = "replacement";

pub struct RegexRouter {
    regex: JavaPattern,
    /// An error is one of the records that match, as in Java.
    replacement: Result<Replacement, TransformError>,
    /// The last topic and what became of it; none: it did not match.
    last: Option<(String, Option<String>)>,
}

pub fn keys() -> Vec<ConfigKey> {
    let key = |name, documentation| {
        ConfigKey::new(name, ConfigType::String, Default::Required, Importance::High, documentation)
    };
    vec![
        key(REGEX, "A regular expression in Java's dialect that the whole topic must match.")
            .check(Validator::Custom(regex)),
        key(
            REPLACEMENT,
            "The new topic, where $1 and ${name} stand for what groups of the regular expression matched.",
        ),
    ]
}

impl RegexRouter {
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        let regex = JavaPattern::compile(&config.text(REGEX)?).map_err(TransformError::config)?;
        let replacement = Replacement::parse(&config.text(REPLACEMENT)?, &regex).map_err(|error| {
            let class = match error {
                ReplacementError::IllegalArgument(_) => "java.lang.IllegalArgumentException",
                ReplacementError::NoGroup(_) => "java.lang.IndexOutOfBoundsException",
            };
            TransformError::of(class, error.to_string())
        });
        Ok(Self { regex, replacement, last: None })
    }

    fn route(&self, topic: &str) -> Result<Option<String>, TransformError> {
        if !self.regex.matches(topic) {
            return Ok(None);
        }
        let replacement = self.replacement.as_ref().map_err(Clone::clone)?;
        Ok(Some(self.regex.replace_first(topic, replacement)))
    }
}

impl Transformation for RegexRouter {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let new_topic = match &self.last {
            Some((topic, new_topic)) if *topic == record.topic => new_topic.clone(),
            _ => {
                let new_topic = self.route(&record.topic)?;
                self.last = Some((record.topic.clone().into_owned(), new_topic.clone()));
                new_topic
            }
        };
        if let Some(topic) = new_topic {
            record.topic = Cow::Owned(topic);
        }
        Ok(Some(record))
    }
}
