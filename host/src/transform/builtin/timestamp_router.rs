//! `TimestampRouter`: a topic that is made of the former one and of the record's timestamp.

use std::borrow::Cow;

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance};
use crate::config::definition::ParsedConfig;
use crate::transform::simple_date_format::SimpleDateFormat;
use crate::transform::{ConnectRecord, TransformError, Transformation};

const TOPIC_FORMAT: &str = "topic.format";
const TIMESTAMP_FORMAT: &str = "timestamp.format";

pub struct TimestampRouter {
    topic_format: String,
    timestamp_format: SimpleDateFormat,
    /// What was made last: most records are of one topic and, as the pattern sees it, of one time.
    last: Option<Routed>,
}

struct Routed {
    from: String,
    /// The period whose timestamps have one text.
    period: i64,
    to: String,
}

pub fn keys() -> Vec<ConfigKey> {
    let key = |name, default, documentation| {
        ConfigKey::new(name, ConfigType::String, Default::value(default), Importance::High, documentation)
    };
    vec![
        key(
            TOPIC_FORMAT,
            "${topic}-${timestamp}",
            "The new topic, where ${topic} stands for the former one and ${timestamp} for the record's timestamp.",
        ),
        key(
            TIMESTAMP_FORMAT,
            "yyyyMMdd",
            "The pattern of the timestamp, with the letters of java.text.SimpleDateFormat, in UTC.",
        ),
    ]
}

impl TimestampRouter {
    /// A pattern that is none is refused here; Java refuses every record instead.
    pub fn new(config: &ParsedConfig) -> Result<Self, TransformError> {
        let timestamp_format = SimpleDateFormat::new(&config.text(TIMESTAMP_FORMAT)?)
            .map_err(|message| TransformError::of("java.lang.IllegalArgumentException", message))?;
        Ok(Self { topic_format: config.text(TOPIC_FORMAT)?, timestamp_format, last: None })
    }

    fn route(&self, topic: &str, timestamp: i64) -> String {
        let routed = self.topic_format.replace("${topic}", topic);
        routed.replace("${timestamp}", &self.timestamp_format.format(timestamp))
    }
}

impl Transformation for TimestampRouter {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        let Some(timestamp) = record.timestamp else {
            // Java shows the whole record, which would put its content into logs.
            let ConnectRecord { topic, partition, kafka_offset, .. } = &record;
            return Err(TransformError::data(format!(
                "Timestamp missing on record: topic {topic}, partition {partition:?}, offset {kafka_offset:?}"
            )));
        };
        let period = timestamp.div_euclid(self.timestamp_format.resolution_ms());
        let last = match self.last.take() {
            Some(last) if last.period == period && last.from == record.topic => last,
            _ => {
                let to = self.route(&record.topic, timestamp);
                Routed { from: record.topic.into_owned(), period, to }
            }
        };
        record.topic = Cow::Owned(last.to.clone());
        self.last = Some(last);
        Ok(Some(record))
    }
}
