//! Lines as they are written.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(format: LogFormat, level: Option<&str>, log: impl FnOnce()) -> String {
    let lines = Written::default();
    let writer = lines.clone();
    let options = LogOptions { format, level: level.map(str::to_owned) };
    let (subscriber, _) = subscriber(&options, None, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, log);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// The lines without their time stamps, which are checked for their form.
fn text(level: Option<&str>, log: impl FnOnce()) -> String {
    let line = written(LogFormat::Text, level, log);
    let mut result = String::new();
    for line in line.split_inclusive('\n') {
        match line.strip_prefix('[') {
            Some(stamped) => {
                let (stamp, rest) = stamped.split_at("2026-11-22 13:00:00,123] ".len());
                let form: String = stamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                assert_eq!(form, "0000-00-00 00:00:00,000] ", "{line}");
                result.push_str(rest);
            }
            None => result.push_str(line),
        }
    }
    result
}

#[test]
fn lines_have_the_context_of_the_innermost_connector_span() {
    let lines = text(None, || {
        tracing::info!(target: "t", "outside");
        context("src", None).in_scope(|| {
            tracing::warn!(target: "t", "connector {}", 1);
            context("src", Some(0)).in_scope(|| {
                tracing::info_span!("other", context = "not ours").in_scope(|| tracing::error!(target: "t", "task"));
                offsets_context("src", 0)
                    .in_scope(|| tracing::info!(target: "plugin.a.B", count = 3, who = "x", "commit"));
            });
        });
    });
    let expected = "INFO outside (t)\n\
         WARN [src|worker] connector 1 (t)\n\
         ERROR [src|task-0] task (t)\n\
         INFO [src|task-0|offsets] commit count=3 who=x (plugin.a.B)\n";
    assert_eq!(lines, expected);
}

#[test]
fn a_coarse_level_keeps_the_context() {
    let lines = text(Some("ERROR"), || {
        context("src", Some(1)).in_scope(|| {
            tracing::info!(target: "t", "left out");
            tracing::error!(target: "t", "kept");
        });
    });
    assert_eq!(lines, "ERROR [src|task-1] kept (t)\n");
}

#[test]
fn a_level_may_be_set_by_target() {
    let lines = text(Some("warn,plugin.a=debug"), || {
        tracing::info!(target: "t", "left out");
        tracing::debug!(target: "plugin.a.B", "kept");
    });
    assert_eq!(lines, "DEBUG kept (plugin.a.B)\n");
}

#[test]
fn a_message_can_neither_forge_a_line_nor_steer_a_terminal() {
    let lines = text(None, || {
        tracing::info!(target: "t", "{}", "a\r\n[2026-11-22 13:00:00,123] ERROR forged (x)\n\tat java\n\u{1b}[2Jb\n");
    });
    let expected = "INFO a\n\t[2026-11-22 13:00:00,123] ERROR forged (x)\n\tat java\n\t\\u{1b}[2Jb (t)\n";
    assert_eq!(lines, expected);
}

#[test]
fn json_lines_are_one_object_each() {
    let lines = written(LogFormat::Json, None, || {
        context("src", Some(0)).in_scope(|| tracing::info!(target: "t", count = 3, ok = true, "two\n\"lines\""));
        tracing::warn!(target: "t", "plain");
    });
    let objects: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["level"], "INFO");
    assert_eq!(objects[0]["connector.context"], "src|task-0");
    assert_eq!(objects[0]["message"], "two\n\"lines\"");
    assert_eq!(objects[0]["logger"], "t");
    assert_eq!(objects[0]["fields"], serde_json::json!({"count": 3, "ok": true}));
    let keys: Vec<&String> = objects[1].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["timestamp", "level", "message", "logger"]);
}

#[test]
fn the_environment_comes_before_log_level_and_errors_name_their_origin() {
    let check = |level: Option<&str>, environment: Option<&str>, expected: &str| {
        let filter = filter(level, environment.map(str::to_owned)).unwrap().0;
        assert_eq!(filter.to_string(), format!("{QUIET},{expected}"));
    };
    check(None, None, "info");
    check(Some("WARN"), None, "warn");
    check(Some("warn"), Some("debug"), "debug");
    check(Some("warn"), Some(" "), "warn");
    let error =
        |level, environment: Option<&str>| filter(level, environment.map(str::to_owned)).unwrap_err().to_string();
    assert!(error(Some("a=loud"), None).starts_with("invalid value 'a=loud' of log.level: "));
    assert!(error(None, Some("a=loud")).starts_with("invalid value 'a=loud' of RUST_LOG: "));
    assert!("xml".parse::<LogFormat>().is_err());
    assert_eq!("json".parse::<LogFormat>().unwrap(), LogFormat::Json);
}

#[test]
fn a_level_that_is_set_changes_what_is_logged() {
    let lines = Written::default();
    let writer = lines.clone();
    let options = LogOptions { format: LogFormat::Text, level: Some("warn,quiet=error".into()) };
    let (subscriber, loggers) = subscriber(&options, None, move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        let log = |step: &str| {
            tracing::debug!(target: "wasm_connect::worker::sink_task::batching", "{step} debug of a sink task");
            tracing::info!(target: "quiet", "{step} info of another");
            tracing::warn!(target: "plugin.a.BConnector", "{step} warning of a plugin");
        };
        log("1");
        loggers.set_level("org.apache.kafka.connect.runtime.WorkerSinkTask", LogLevel::Debug);
        loggers.set_level("a.BTask", LogLevel::Off);
        log("2");
        loggers.set_level("root", LogLevel::Info);
        log("3");
    });
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let messages: Vec<_> = text
        .lines()
        .filter(|line| !line.contains("Setting level"))
        .map(|line| {
            let (_, message) = line.split_once("] ").unwrap();
            message.split(" (").next().unwrap()
        })
        .collect();
    let expected = [
        "WARN 1 warning of a plugin",
        "DEBUG 2 debug of a sink task",
        "INFO 3 info of another",
        "WARN 3 warning of a plugin",
    ];
    assert_eq!(messages, expected);
}
