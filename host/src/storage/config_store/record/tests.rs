//! Records of the config topic as a Java worker wrote them, and back.

use super::*;

/// As a worker of Java Connect wrote them.
const GOLDEN: &str = include_str!("golden.txt");

fn golden() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    let lines = GOLDEN.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let (key, value) = line.split_once('\t').unwrap();
        (key, Some(value).filter(|value| *value != "null"))
    })
}

fn decode(key: &str, value: &str) -> Result<ConfigRecord, String> {
    ConfigRecord::decode(Some(key.as_bytes()), Some(value.as_bytes())).map_err(|error| error.to_string())
}

#[test]
fn what_java_wrote_is_read_and_written_again_byte_for_byte() {
    let mut count = 0;
    for (key, value) in golden() {
        let record = ConfigRecord::decode(Some(key.as_bytes()), value.map(str::as_bytes)).unwrap();
        let (encoded_key, encoded) = record.encode();
        assert_eq!(encoded_key, key);
        assert_eq!(encoded.as_deref().map(|bytes| str::from_utf8(bytes).unwrap()), value, "{key}");
        count += 1;
    }
    assert!(count > 20);
}

#[test]
fn every_kind_of_record_is_written_as_java_does() {
    let special = Config::from([("b".into(), "é\u{1}/\"\\ ".into())]);
    let cases = [
        (
            ConfigRecord::Connector { connector: "c".into(), config: Some(special) },
            "connector-c",
            Some("{\"properties\":{\"b\":\"é\\u0001/\\\"\\\\ \"}}"),
        ),
        (ConfigRecord::Connector { connector: "c".into(), config: None }, "connector-c", None),
        (
            ConfigRecord::TargetState { connector: "c".into(), target: Some(TargetState::Stopped) },
            "target-state-c",
            Some(r#"{"state":"PAUSED","state.v2":"STOPPED"}"#),
        ),
        (
            ConfigRecord::TaskCount { connector: "c".into(), tasks: Some(3) },
            "tasks-fencing-c",
            Some(r#"{"task-count":3}"#),
        ),
        (ConfigRecord::TaskCount { connector: "c".into(), tasks: None }, "tasks-fencing-c", None),
        (
            ConfigRecord::SessionKey(SessionKey {
                key: b"ABC".to_vec(),
                algorithm: "HmacSHA256".into(),
                creation_timestamp: 1_700_000_000_000,
            }),
            "session-key",
            Some(r#"{"key":"QUJD","algorithm":"HmacSHA256","creation-timestamp":1700000000000}"#),
        ),
    ];
    for (record, key, value) in cases {
        let (encoded_key, encoded) = record.encode();
        assert_eq!(encoded_key, key);
        assert_eq!(encoded.as_deref().map(|bytes| str::from_utf8(bytes).unwrap()), value);
        assert_eq!(ConfigRecord::decode(Some(key.as_bytes()), value.map(str::as_bytes)).unwrap(), record);
    }
}

#[test]
fn records_of_older_workers_are_read() {
    let target = |value| match decode("target-state-c", value) {
        Ok(ConfigRecord::TargetState { target, .. }) => target.unwrap(),
        other => panic!("{other:?}"),
    };
    assert_eq!(target(r#"{"state":"PAUSED"}"#), TargetState::Paused);
    assert_eq!(target(r#"{"state":"STARTED","state.v2":null}"#), TargetState::Started);
    assert_eq!(target(r#"{"state":"STARTED","state.v2":7}"#), TargetState::Started);
    let restart = decode("restart-connector-c", r#"{"only-failed":"yes"}"#).unwrap();
    assert_eq!(restart, ConfigRecord::Restart { connector: "c".into(), request: RestartRequest::default() });
}

#[test]
fn task_ids_are_parsed_as_java_does() {
    let cases = [
        ("c-0", Some(("c", 0))),
        ("my-source-12", Some(("my-source", 12))),
        ("c--1", Some(("c-", 1))),
        ("-1", Some(("", 1))),
        ("c-1-", Some(("c", 1))),
        ("c", None),
        ("c-", None),
        ("c-x", None),
        ("c-99999999999", None),
    ];
    for (text, id) in cases {
        assert_eq!(task_id(text), id.map(|(connector, task)| ConnectorTaskId::new(connector, task)), "{text}");
    }
}

#[test]
fn what_is_no_record_is_refused_with_its_key_and_the_reason() {
    let cases = [
        ("connector-c", "[1]", "wrong format"),
        ("connector-c", r#"{"properties":[]}"#, "should be an object but are an array"),
        ("connector-c", r#"{"properties":{"a":1}}"#, "property 'a' that should be a string but is a number"),
        ("connector-c", "{", "not JSON"),
        ("task-c", r#"{"properties":{}}"#, "couldn't be parsed"),
        ("task-c-0", "null", "unexpectedly null"),
        ("commit-c", r#"{"tasks":-1}"#, "impossible"),
        ("commit-c", r#"{"tasks":3000000000}"#, "impossible"),
        ("commit-c", r#"{"tasks":"1"}"#, "should be a number but is a string"),
        ("target-state-c", r#"{"state":"DANCING"}"#, "invalid target state 'DANCING'"),
        ("session-key", r#"{"key":"?","algorithm":"HmacSHA256","creation-timestamp":1}"#, "not base64"),
        ("session-key", r#"{"key":"QUJD","algorithm":"HmacSHA256","creation-timestamp":1.5}"#, "should be a long"),
        ("session-key", "null", "unexpectedly null"),
        ("logger-cluster-a", r#"{"level":1}"#, "should be a string"),
        ("weather-today", "{}", "none of Kafka Connect's"),
    ];
    for (key, value, reason) in cases {
        let error = decode(key, value).unwrap_err();
        assert!(error.contains(reason) && error.contains(key), "{key} {value}: {error}");
    }
    assert!(ConfigRecord::decode(None, None).is_err());
}
