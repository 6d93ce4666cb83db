//! Under which name a schema is registered (`SubjectNameStrategy`).

use super::keys::{STRATEGIES, STRATEGY_PACKAGE};
use crate::converter::ConvertError;

/// How subjects are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubjectNameStrategy {
    /// `TOPIC-key`, `TOPIC-value`.
    Topic,
    /// The record's full name.
    Record,
    /// `TOPIC-RECORD`.
    TopicRecord,
}

impl SubjectNameStrategy {
    /// By the name of Java's class; Err: why not.
    pub(super) fn parse(class: &str) -> Result<Self, String> {
        let class = class.trim();
        match class.strip_prefix(STRATEGY_PACKAGE).unwrap_or(class) {
            "TopicNameStrategy" => Ok(Self::Topic),
            "RecordNameStrategy" => Ok(Self::Record),
            "TopicRecordNameStrategy" => Ok(Self::TopicRecord),
            _ => Err(format!("{class} cannot be had; there are {} in {STRATEGY_PACKAGE}", STRATEGIES.join(", "))),
        }
    }

    /// The subject of a schema; `record` is its name if it is a record's.
    pub(super) fn subject(self, topic: &str, is_key: bool, record: Option<&str>) -> Result<String, ConvertError> {
        let record = || {
            record.ok_or_else(|| {
                let (part, strategy) = if is_key { ("key", self.class()) } else { ("value", self.class()) };
                ConvertError(format!(
                    "In configuration {part}.subject.name.strategy = {strategy}, the message {part} must only be a record schema"
                ))
            })
        };
        Ok(match self {
            Self::Topic => format!("{topic}-{}", if is_key { "key" } else { "value" }),
            Self::Record => record()?.to_owned(),
            Self::TopicRecord => format!("{topic}-{}", record()?),
        })
    }

    fn class(self) -> String {
        let name = match self {
            Self::Topic => STRATEGIES[0],
            Self::Record => STRATEGIES[1],
            Self::TopicRecord => STRATEGIES[2],
        };
        format!("{STRATEGY_PACKAGE}{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_named_as_the_strategy_says() {
        for (strategy, is_key, expected) in [
            ("io.confluent.kafka.serializers.subject.TopicNameStrategy", true, "t-key"),
            ("TopicNameStrategy", false, "t-value"),
            ("io.confluent.kafka.serializers.subject.RecordNameStrategy", false, "a.R"),
            ("io.confluent.kafka.serializers.subject.TopicRecordNameStrategy", false, "t-a.R"),
        ] {
            let subject = SubjectNameStrategy::parse(strategy).unwrap().subject("t", is_key, Some("a.R"));
            assert_eq!(subject.as_deref(), Ok(expected));
        }
        let nameless = SubjectNameStrategy::Record.subject("t", true, None).unwrap_err().to_string();
        assert!(nameless.contains("the message key must only be a record schema"), "{nameless}");
        assert!(SubjectNameStrategy::parse("com.example.Mine").unwrap_err().contains("cannot be had"));
    }
}
