//! Offsets of a consumer group as a request names them, read by the rules and with the messages of Java's `SinkUtils`.

use serde_json::{Map, Value};

use crate::connect::{ConnectorOffset, TopicPartition};

/// The changes in the order of the request; of a partition that comes twice the last counts. Err: Java's message.
pub fn sink_offsets(offsets: &[ConnectorOffset]) -> Result<Vec<(TopicPartition, Option<i64>)>, String> {
    let mut parsed: Vec<(TopicPartition, Option<i64>)> = Vec::with_capacity(offsets.len());
    for change in offsets {
        let (partition, offset) = (partition(&change.partition)?, offset(&change.offset)?);
        match parsed.iter_mut().find(|(known, _)| *known == partition) {
            Some((_, known)) => *known = offset,
            None => parsed.push((partition, offset)),
        }
    }
    Ok(parsed)
}

fn partition(partition: &Value) -> Result<TopicPartition, String> {
    let Value::Object(fields) = partition else {
        return Err("The partition for a sink connector offset cannot be null or missing".to_owned());
    };
    if !fields.contains_key("kafka_topic") || !fields.contains_key("kafka_partition") {
        return Err(
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'"
                .to_owned(),
        );
    }
    let topic = text(fields, "kafka_topic").ok_or("Kafka topic names must be valid strings and may not be null")?;
    let number = text(fields, "kafka_partition").ok_or("Kafka partitions must be valid numbers and may not be null")?;
    let partition: i32 = number.parse().map_err(|_| {
        format!(
            "Failed to parse the following Kafka partition value in the provided offsets: '{number}'. Partition values for sink \
             connectors need to be integers."
        )
    })?;
    if partition < 0 {
        return Err(format!("Invalid partition {partition} of topic {topic}: partitions are numbered from 0"));
    }
    Ok(TopicPartition { topic: topic.into(), partition })
}

fn offset(offset: &Value) -> Result<Option<i64>, String> {
    let Value::Object(fields) = offset else { return Ok(None) };
    if !fields.contains_key("kafka_offset") {
        return Err(
            "The offset for a sink connector should either be null or contain the key 'kafka_offset'".to_owned()
        );
    }
    let number = text(fields, "kafka_offset").unwrap_or_else(|| "null".to_owned());
    let offset: i64 = number.parse().map_err(|_| {
        format!(
            "Failed to parse the following Kafka offset value in the provided offsets: '{number}'. Offset values for sink \
             connectors need to be integers."
        )
    })?;
    // Java's client throws here, which becomes a 500.
    if offset < 0 { Err(format!("Invalid negative offset: {offset}")) } else { Ok(Some(offset)) }
}

/// Java's `String.valueOf`; none: null.
fn text(fields: &Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(partition: Value, offset: Value) -> Result<Vec<(TopicPartition, Option<i64>)>, String> {
        sink_offsets(&[ConnectorOffset { partition, offset }])
    }

    #[test]
    fn numbers_may_be_text() {
        let t7 = TopicPartition { topic: "t".into(), partition: 7 };
        for (partition, offset) in [(json!(7), json!(10)), (json!("7"), json!("10"))] {
            let parsed =
                parse(json!({ "kafka_topic": "t", "kafka_partition": partition }), json!({ "kafka_offset": offset }));
            assert_eq!(parsed, Ok(vec![(t7.clone(), Some(10))]));
        }
        assert_eq!(parse(json!({ "kafka_topic": "t", "kafka_partition": 7 }), Value::Null), Ok(vec![(t7, None)]));
    }

    #[test]
    fn what_is_wrong_is_said_in_javas_words() {
        #[track_caller]
        fn check(partition: Value, offset: Value, message: &str) {
            assert_eq!(parse(partition, offset).unwrap_err(), message);
        }
        let good = || json!({ "kafka_topic": "t", "kafka_partition": 0 });
        check(Value::Null, Value::Null, "The partition for a sink connector offset cannot be null or missing");
        let keys =
            "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'";
        check(json!({ "kafka_topic": "t" }), Value::Null, keys);
        check(json!({ "kafka_partition": 0 }), Value::Null, keys);
        let topic = "Kafka topic names must be valid strings and may not be null";
        check(json!({ "kafka_topic": null, "kafka_partition": 0 }), Value::Null, topic);
        let partition = "Kafka partitions must be valid numbers and may not be null";
        check(json!({ "kafka_topic": "t", "kafka_partition": null }), Value::Null, partition);
        for (found, shown) in [(json!("x"), "x"), (json!(1.5), "1.5"), (json!(4_294_967_296_i64), "4294967296")] {
            let message = format!(
                "Failed to parse the following Kafka partition value in the provided offsets: '{shown}'. Partition values for \
                 sink connectors need to be integers."
            );
            check(json!({ "kafka_topic": "t", "kafka_partition": found }), Value::Null, &message);
        }
        let offset = "The offset for a sink connector should either be null or contain the key 'kafka_offset'";
        check(good(), json!({ "bogus": 1 }), offset);
        let offset = "Failed to parse the following Kafka offset value in the provided offsets: 'x'. Offset values for sink \
                      connectors need to be integers.";
        check(good(), json!({ "kafka_offset": "x" }), offset);
        check(good(), json!({ "kafka_offset": -1 }), "Invalid negative offset: -1");
    }
}
